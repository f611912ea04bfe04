/** Rewritten models beside the same models as they were made: whole sessions, with the form on disk. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import type { LoadTask } from '../../../src/thread/load.ts';
import { Session } from '../../../workers/session.ts';
import { valueOf, type Value } from '../../../workers/values.ts';
import { modelFile } from '../../support/model-repository.ts';
import { CAST, node, pixelModel } from '../../support/pixel-models.ts';
import { loadTask } from '../../support/test-pool.ts';
import { affine, type TinyModel } from '../../support/tiny-models.ts';

const BOX = join(import.meta.dirname, '../../../models/efficientnet-lite0');

async function opened(t: Test, task: LoadTask): Promise<Session> {
  const session = await Session.create(task);
  if ('code' in session) throw new Error(session.detail);
  t.teardown(() => session.release());
  return session;
}

function taskOf(t: Test, model: TinyModel, options: Partial<LoadTask> = {}): LoadTask {
  const compiledFolder = join(t.testdir(), 'compiled');
  const task = loadTask(modelFile(t, model), model);
  return { ...task, warmUpTo: 2, compiledFolder, graphRewrites: true, ...options };
}

/** `offset`: of the first byte in its memory, as the bodies of requests lie. */
function bytesOf(shape: readonly number[], offset = 0): Value {
  const count = shape.reduce((product, side) => product * side, 1);
  const memory = Uint8Array.from(
    { length: offset + count },
    (_, index) => (index * 89 + (index >> 8) * 31) & 255,
  );
  return valueOf('UINT8', shape, memory.subarray(offset));
}

async function same(t: Test, one: Session, other: Session, value: Value): Promise<void> {
  const [a] = await one.run([value]);
  const [b] = await other.run([value]);
  t.strictSame(a!.shape, b!.shape);
  t.ok(Buffer.from(a!.data).equals(b!.data), `bit for bit, ${value.shape.join('x')}`);
}

t.test('a rewritten model gives the same bits, on either session, for rows that lie anywhere', async (t) => {
  const task = taskOf(t, pixelModel(), { wideThreads: 2 });
  const session = await opened(t, task);
  t.strictSame(session.report.rewrites, { applied: ['pixel-input'] });
  t.match(session.report.inputs, [{ name: 'image', datatype: 'UINT8', shape: [-1, 9, 9, 3] }]);
  t.equal(session.report.joins.rows, true);
  const original = await opened(t, { ...task, graphRewrites: false });
  t.equal(original.report.rewrites, undefined);
  for (const rows of [1, 2, 5]) await same(t, session, original, bytesOf([rows, 9, 9, 3], rows));
  const value = bytesOf([1, 9, 9, 3]);
  const [wide] = await session.run([value], 'wide');
  const [narrow] = await session.run([value], 'narrow');
  t.ok(Buffer.from(wide!.data).equals(narrow!.data));
});

t.test('channels may stay where they are', async (t) => {
  for (const shape of [
    ['N', 3, 9, 9],
    ['N', 9, 9, 3],
  ]) {
    const task = taskOf(t, pixelModel([node('Cast', ['image'], 'pixels', CAST)], [], shape));
    const session = await opened(t, task);
    t.strictSame(session.report.rewrites, { applied: ['pixel-input'] });
    const original = await opened(t, { ...task, graphRewrites: false });
    await same(t, session, original, bytesOf([3, ...(shape.slice(1) as number[])], 1));
  }
});

t.test('another thread opens the same form, with what was rewritten in it', async (t) => {
  const task = taskOf(t, pixelModel());
  const first = await opened(t, task);
  const { opened: served, joins } = first.report;
  const other = await Session.open({ ...task, joins, openFrom: served.openFrom });
  if ('code' in other) throw new Error(other.detail);
  t.teardown(() => other.release());
  t.strictSame(other.report.rewrites, { applied: ['pixel-input'] });
  await same(t, first, other, bytesOf([2, 9, 9, 3]));
  rmSync(dirname(served.openFrom), { recursive: true });
  const late = await opened(t, { ...task, joins, served });
  t.strictSame(late.report.rewrites, { applied: ['pixel-input'] }, 'a form that is gone is made again');
  await same(t, first, late, bytesOf([2, 9, 9, 3]));
});

t.test('a note that was changed is not believed', async (t) => {
  const task = taskOf(t, pixelModel());
  const first = await opened(t, task);
  const note = join(dirname(first.report.opened.openFrom), 'rewrites.json');
  writeFileSync(note, readFileSync(note, 'utf8').replace('123', '321'));
  const again = await opened(t, task);
  await same(t, first, again, bytesOf([1, 9, 9, 3]));
  t.notMatch(readFileSync(note, 'utf8'), /321/, 'the form is made again');
});

t.test('models without such a head, and without a form, are as they were', async (t) => {
  const plain = await opened(
    t,
    taskOf(t, pixelModel([node('Cast', ['image'], 'f', CAST), node('Relu', ['f'], 'pixels')], [])),
  );
  t.strictSame(plain.report.rewrites, { applied: ['pixel-input'] }, 'a cast alone is one');
  t.equal((await opened(t, taskOf(t, affine()))).report.rewrites, undefined);
  const none = await opened(t, taskOf(t, pixelModel(), { compiledFolder: undefined }));
  t.equal(none.report.rewrites, undefined);
});

t.test('a verified model is rewritten in a form of its own, and one without a form stays', async (t) => {
  const task = taskOf(t, pixelModel());
  const sha256 = createHash('sha256').update(readFileSync(task.file)).digest('hex');
  const digests = new Map([['model.onnx', sha256]]);
  const verified = await opened(t, { ...task, content: { digests, formSecret: Buffer.alloc(32, 7) } });
  t.strictSame(verified.report.rewrites, { applied: ['pixel-input'] });
  const inMemory = await opened(t, { ...task, content: { digests } });
  t.equal(inMemory.report.rewrites, undefined);
  await same(t, verified, inMemory, bytesOf([2, 9, 9, 3]));
});

t.test('a reason from before is reported', async (t) => {
  const task = taskOf(t, pixelModel(), { graphRewrites: false, rewritesRefused: 'it answers wrongly' });
  t.strictSame((await opened(t, task)).report.rewrites, { applied: [], reason: 'it answers wrongly' });
});

t.test('the models in the box give the same bits', async (t) => {
  for (const version of ['1', '2']) {
    const compiledFolder = join(t.testdir(), `compiled-${version}`);
    const task: LoadTask = {
      ...loadTask(join(BOX, version, 'model.onnx'), { config: {} }),
      warmUpTo: 1,
      compiledFolder,
      graphRewrites: true,
    };
    const session = await opened(t, task);
    t.strictSame(session.report.rewrites, { applied: ['pixel-input'] });
    const original = await opened(t, { ...task, compiledFolder: undefined });
    for (const rows of [1, 3]) await same(t, session, original, bytesOf([rows, 224, 224, 3]));
  }
});
