/** A model is opened from the bytes that were compared and decrypted, and from no others. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { encrypted, newSet } from '../../src/cipher/encrypt.ts';
import { keyIdOf } from '../../src/cipher/format.ts';
import type { Content, LoadTask } from '../../src/thread/load.ts';
import { readContent } from '../../workers/content.ts';
import { Session } from '../../workers/session.ts';
import { valueOf } from '../../workers/values.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { loadTask } from '../support/test-pool.ts';

const LOCATION = 'w/../w/a.data';
const GRAPH = externalModel(LOCATION);
const WEIGHTS = weightsOf(3);

/** A folder with these files; the digests are of what is in it now. */
function folderOf(t: Test, files: Readonly<Record<string, Buffer>>, more: Partial<Content> = {}) {
  const folder = t.testdir();
  const digests = new Map<string, string>();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
    digests.set(name, createHash('sha256').update(bytes).digest('hex'));
  }
  const [first] = Object.keys(files);
  return { folder, file: join(folder, first!), content: { digests, ...more } };
}

const taskOf = (file: string, more: Partial<LoadTask>): LoadTask => ({
  ...loadTask(file, { config: {} }),
  ...more,
});
const ROW = valueOf('FP32', [1, 4], new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer));

t.test('the model and its weights are read, each by the name that the model has for it', async (t) => {
  const { file, content } = folderOf(t, { 'model.onnx': GRAPH, 'w/a.data': WEIGHTS });
  t.same(readContent(file, content), { model: GRAPH, external: [{ path: LOCATION, data: WEIGHTS }] });
});

t.test('a file that was changed since, or was not verified, is not opened', async (t) => {
  const { folder, file, content } = folderOf(t, { 'model.onnx': GRAPH, 'w/a.data': WEIGHTS });
  writeFileSync(join(folder, 'w/a.data'), weightsOf(4));
  t.throws(() => readContent(file, content), { message: /w\/a\.data has changed since it was verified/ });
  const without = { digests: new Map([...content.digests].slice(0, 1)) };
  t.throws(() => readContent(file, without), { message: /w\/a\.data is not among the files/ });
  const failure = await Session.open(taskOf(file, { content }));
  t.match(failure, { code: 'MODEL_UNAVAILABLE', detail: /has changed since it was verified/ });
});

t.test('an encrypted model answers as the plain one, without a file of its own', async (t) => {
  const key = randomBytes(32);
  const set = newSet();
  const cache = join(t.testdirName, 'cache');
  const files = {
    'model.onnx.enc': encrypted(GRAPH, key, set, 'model.onnx'),
    'w/a.data.enc': encrypted(WEIGHTS, key, set, 'w/a.data'),
  };
  const { folder, file, content } = folderOf(t, files, {
    keys: new Map([[keyIdOf(key), new Uint8Array(key)]]),
  });
  const session = await Session.create(taskOf(file, { content, compiledFolder: cache, wideThreads: 2 }));
  if ('code' in session) return t.fail(session.detail);
  for (const width of ['narrow', 'wide'] as const) {
    const [y] = await session.run([ROW], width);
    t.strictSame([...new Float32Array(y!.data.buffer)], [3, 6, 9, 12], width);
  }
  await session.release();
  t.notOk(existsSync(cache));
  t.strictSame(readdirSync(folder).toSorted(), ['model.onnx.enc', 'w']);
});

t.test(
  'a verified model with weights in another file has a form, which is opened from then on',
  async (t) => {
    const cache = join(t.testdirName, 'cache');
    const secret = new Uint8Array(randomBytes(32));
    const { file, content } = folderOf(
      t,
      { 'model.onnx': GRAPH, 'w/a.data': WEIGHTS },
      { formSecret: secret },
    );
    const open = async (formSecret = secret): Promise<string | undefined> => {
      const session = await Session.create(
        taskOf(file, { content: { ...content, formSecret }, compiledFolder: cache }),
      );
      if ('code' in session) throw new Error(session.detail);
      const [y] = await session.run([ROW]);
      t.strictSame([...new Float32Array(y!.data.buffer)], [3, 6, 9, 12]);
      await session.release();
      return session.report.opened.openFrom;
    };
    const form = await open();
    t.not(form, file);
    t.equal(await open(), form);
    t.equal(await open(new Uint8Array(randomBytes(32))), form, 'another process makes it again');
  },
);
