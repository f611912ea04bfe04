/** How the parts of explanations are run: by themselves, on one core, and not ahead of time. */
import t from 'tap';
import type { ImagePayload, Payload } from '../../src/thread/payload.ts';
import { RecordedEntry, rowsPayload } from '../support/entries.ts';
import { world as worldOf, type World } from './fixtures/world.ts';

const image = (occlusion?: ImagePayload['occlusion']): Payload => ({
  kind: 'image',
  rows: occlusion === undefined ? 1 : 2,
  bytes: new Uint8Array(0),
  header: { format: 'jpeg', width: 8, height: 8 } as ImagePayload['header'],
  topK: 1,
  occlusion,
});
const PART = image({ grid: 7, from: 0, classId: 1, atOnce: 1 });

function explain({ models, clock, scheduler }: World): RecordedEntry {
  const entry = new RecordedEntry(PART, clock.now());
  entry.priority = 'low';
  models[0]!.batcher.enqueue(entry);
  scheduler.wake();
  return entry;
}

t.test('a part is no part of a batch of requests', async (t) => {
  const made = worldOf({ workers: 1, prefetchUnderMs: 0 });
  made.submit(1);
  explain(made);
  made.submitAll([image(), image()]);
  t.same(made.held, [[1]]);
  await made.workers[0]!.done();
  t.same(made.held, [[2]], 'the requests that came later are before it');
  await made.workers[0]!.done();
  t.same(made.held, [[2]]);
  t.ok(made.workers[0]!.held[0]!.payloads.every((payload) => payload === PART));
});

t.test('a part is never sent ahead to a busy worker', async (t) => {
  const made = worldOf({ workers: 1, prefetchUnderMs: 50 });
  made.submit(1);
  explain(made);
  t.same(made.held, [[1]]);
  made.submitAll([rowsPayload(1)]);
  t.same(made.held, [[1, 1]], 'as a request is');
});

t.test('a part takes one core, also while nothing else runs', async (t) => {
  const made = worldOf({ rowMs: 10, wideRowMs: 2 });
  made.workers[0]!.hasWide = true;
  explain(made);
  t.match(made.workers[0]!.held, [{ width: 'narrow' }]);
  made.submit(1);
  t.same(made.held, [[2], [1]], 'so that a request finds the others');
});
