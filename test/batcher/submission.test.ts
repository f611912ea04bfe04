import t from 'tap';
import { Batcher } from '../../src/batcher/batcher.ts';
import { Submission } from '../../src/batcher/submission.ts';
import type { ItemResult } from '../../src/thread/messages.ts';
import { rowsPayload, WHENEVER } from '../support/entries.ts';
import { FakeCosts } from '../support/fake-costs.ts';
import { FakeClock } from '../support/fake-clock.ts';

const DONE = { kind: 'done', decodeMs: 0, decodeMsOf: [], inferMs: 0, postMs: 0 } as const;
const answer = (number: number): ItemResult => ({ kind: 'classes', classes: [number], probabilities: [1] });

function setup(cap: number) {
  const clock = new FakeClock();
  const events: unknown[] = [];
  const batcher = new Batcher(
    {
      labels: { model: 'm', version: '1' },
      instance: 0,
      maxQueueDelayMs: 0,
      maxQueueRows: 16,
      maxBatchBytes: 1000,
    },
    new FakeCosts({ cap }).asCostModel,
    clock,
    {
      rowsDropped: (_labels, rows, stage, reason) => events.push(['dropped', rows, stage, reason]),
      rowsWasted: (_labels, rows) => events.push(['wasted', rows]),
    },
  );
  const submit = (entries: number): Submission =>
    new Submission(
      Array.from({ length: entries }, () => rowsPayload(1)),
      WHENEVER,
      batcher,
      clock,
    );
  const cut = () => batcher.cut({ kind: 'cut', rows: cap, reason: 'idle', shares: 1 });
  return { batcher, events, submit, cut };
}

t.test('resolves when all entries are settled, with the outcomes in their order', async (t) => {
  const { batcher, submit, cut } = setup(2);
  const { outcomes } = submit(3);
  const batches = [cut(), cut()];
  batcher.settle(batches[1]!, { ...DONE, items: [answer(3)] });
  batcher.settle(batches[0]!, { ...DONE, items: [answer(1), answer(2)] });
  t.match(
    await outcomes,
    [1, 2, 3].map((number) => ({ kind: 'done', result: { classes: [number] } })),
  );
});

t.test('does not resolve while an entry is open', async (t) => {
  const { batcher, submit, cut } = setup(1);
  const submission = submit(2);
  let resolved = false;
  void submission.outcomes.then(() => (resolved = true));
  batcher.settle(cut(), { ...DONE, items: [answer(1)] });
  await new Promise(setImmediate);
  t.notOk(resolved);
  submission.giveUp('abandoned');
  await submission.outcomes;
  t.ok(resolved);
});

t.test('a failure is an outcome like any other: the promise never rejects', async (t) => {
  const { batcher, submit, cut } = setup(2);
  const { outcomes } = submit(2);
  batcher.settle(cut(), { kind: 'failure', code: 'INTERNAL', detail: 'out of memory' });
  t.match(await outcomes, [{ kind: 'failed' }, { kind: 'failed' }]);
});

t.test('giving up drops what is open and leaves what is settled', async (t) => {
  const { batcher, events, submit, cut } = setup(1);
  const submission = submit(3);
  batcher.settle(cut(), { ...DONE, items: [answer(1)] });
  const running = cut();
  submission.giveUp('expired');
  t.match(await submission.outcomes, [
    { kind: 'done' },
    { kind: 'dropped', reason: 'expired' },
    { kind: 'dropped', reason: 'expired' },
  ]);
  t.equal(batcher.queuedRows, 0);
  batcher.settle(running, { ...DONE, items: [answer(2)] });
  t.same(events, [
    ['dropped', 1, 'queue', 'expired'],
    ['wasted', 1],
  ]);
});

t.test('giving up a second time does nothing', async (t) => {
  const { events, submit } = setup(1);
  const submission = submit(1);
  submission.giveUp('abandoned');
  submission.giveUp('expired');
  t.match(await submission.outcomes, [{ kind: 'dropped', reason: 'abandoned' }]);
  t.same(events, [['dropped', 1, 'queue', 'abandoned']]);
});

t.test('giving up a settled submission takes no batch back: its slot may hold another one', async (t) => {
  const { batcher, submit, cut } = setup(1);
  const submission = submit(1);
  const batch = cut();
  let takenBack = false;
  batch.takeBack = () => (takenBack = true);
  batcher.settle(batch, { ...DONE, items: [answer(1)] });
  submission.giveUp('abandoned');
  t.notOk(takenBack);
});

t.test('two submissions share a batch, and each gets its own answers', async (t) => {
  const { batcher, submit, cut } = setup(4);
  const [first, second] = [submit(1), submit(2)];
  batcher.settle(cut(), { ...DONE, items: [1, 2, 3].map(answer) });
  t.match(await first.outcomes, [{ result: { classes: [1] } }]);
  t.match(await second.outcomes, [{ result: { classes: [2] } }, { result: { classes: [3] } }]);
});
