import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import type { LoadTask } from '../../src/thread/load.ts';
import type { Datatype, TensorView } from '../../src/tensor/tensor.ts';
import type { Output } from '../../src/thread/messages.ts';
import { prepackedOffsets } from '../../src/onnx/external-data.ts';
import { Session } from '../../workers/session.ts';
import { valueOf, type Value } from '../../workers/values.ts';
import { modelFile } from '../support/model-repository.ts';
import {
  FLOAT,
  floats as constantFloats,
  int64s,
  integer,
  message,
  text,
  writeModel,
  type Graph,
} from '../../tools/onnx/model.ts';
import { loadTask } from '../support/test-pool.ts';
import { add, affine, dynamicRow, fixed, int64, twoOutputs, type TinyModel } from '../support/tiny-models.ts';

type Options = Partial<LoadTask>;

const WIDE_ROW = 600;

/** y = x W, with weights of more than a MB: models that are smaller have no compiled form. */
const WIDE: Graph = {
  inputs: [{ name: 'x', type: FLOAT, shape: ['N', WIDE_ROW] }],
  outputs: [{ name: 'y', type: FLOAT, shape: ['N', WIDE_ROW] }],
  nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
  constants: [
    constantFloats(
      'w',
      [WIDE_ROW, WIDE_ROW],
      Array.from({ length: WIDE_ROW ** 2 }, (_, index) => Math.cos(index)),
    ),
  ],
};
const wide = (): TinyModel => ({ file: writeModel(WIDE), config: {} });

/** The same with its weights in another file: appended to the graph as a protobuf field. */
const outside = (location: string): TinyModel => {
  const { constants: _inside, ...graph } = WIDE;
  const entry = message(13, text(1, 'location'), text(2, location));
  const sides = [integer(1, WIDE_ROW), integer(1, WIDE_ROW)];
  const tensor = message(5, ...sides, integer(2, FLOAT), text(8, 'w'), entry, integer(14, 1));
  return { file: Buffer.concat([writeModel(graph), message(7, tensor)]), config: {} };
};

/** DirectML exists on Windows only; elsewhere onnxruntime refuses it without writing to stderr. */
const NOT_THERE = 'dml';

const create = (t: Test, model: TinyModel, options: Options = {}) =>
  Session.create({ ...loadTask(modelFile(t, model), model), ...options });

async function open(t: Test, model: TinyModel, options: Options = {}): Promise<Session> {
  const session = await create(t, model, options);
  if ('code' in session) throw new Error(session.detail);
  t.teardown(() => session.release());
  return session;
}

const numbers = (output: Output | undefined): number[] => [...new Float32Array(output!.data.slice().buffer)];
const value = (shape: readonly number[], data: TensorView, datatype: Datatype = 'FP32'): Value => ({
  datatype,
  shape,
  data,
});
/** One row. */
const floats = (...values: readonly number[]): Value => value([1, values.length], Float32Array.from(values));

t.test('runs rows and gives the outputs in the order of the report', async (t) => {
  const session = await open(t, twoOutputs());
  t.same(
    session.report.outputs.map(({ name }) => name),
    ['double', 'total'],
  );
  const [double, total] = await session.run([value([2, 4], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8))]);
  t.same(numbers(double), [2, 4, 6, 8, 10, 12, 14, 16]);
  t.same(numbers(total), [10, 26]);
});

t.test('takes several inputs in the order of the report', async (t) => {
  const session = await open(t, add());
  const [sum] = await session.run([floats(1, 2, 3), floats(10, 20, 30)]);
  t.same(numbers(sum), [11, 22, 33]);
});

t.test('64-bit integers keep every bit', async (t) => {
  const session = await open(t, int64());
  const [next] = await session.run([value([1, 2], BigInt64Array.of(2n ** 62n, -1n), 'INT64')]);
  t.strictSame([...new BigInt64Array(next!.data.slice().buffer)], [2n ** 62n + 1n, 0n]);
});

t.test('warms up every bucket up to the one asked for, and reports what each took', async (t) => {
  const buckets = async (maxBatchSize: number, warmUpTo: number): Promise<number[]> => {
    const { report } = await open(t, affine(), { maxBatchSize, warmUpTo });
    t.ok(report.warmUp.every(({ ms, width }) => ms > 0 && ms < 10_000 && width === 'narrow'));
    return report.warmUp.map(({ rows }) => rows);
  };
  t.same(await buckets(8, 8), [1, 2, 4, 8]);
  t.same(await buckets(8, 4), [1, 2, 4], 'larger ones are left');
  t.same(await buckets(6, 8), [1, 2, 4, 6], 'the largest itself too');
  t.same(await buckets(1, 1), [1]);
});

t.test('a worker with a wide session warms both up, and they give the same answers', async (t) => {
  const session = await open(t, affine(), { maxBatchSize: 8, warmUpTo: 8, wideThreads: 2 });
  t.match(
    session.report.warmUp.filter(({ width }) => width === 'wide'),
    [{ rows: 1, ms: Number }],
  );
  const input = floats(1, 2, 3, 4);
  t.same(numbers((await session.run([input], 'wide'))[0]), [3, 5, 7, 9]);
  t.same(numbers((await session.run([input], 'narrow'))[0]), [3, 5, 7, 9]);
});

t.test('a worker without a wide session runs wide batches on its narrow one', async (t) => {
  const session = await open(t, affine(), { wideThreads: 1 });
  t.notOk(session.report.warmUp.some(({ width }) => width === 'wide'));
  t.same(numbers((await session.run([floats(1, 2, 3, 4)], 'wide'))[0]), [3, 5, 7, 9]);
});

/** Sessions of one model that share a folder for its compiled form. */
function compiling(
  t: Test,
  model: TinyModel = wide(),
): { readonly file: string; readonly folder: string; readonly start: () => Promise<Session> } {
  const file = modelFile(t, model);
  const folder = join(dirname(file), 'compiled');
  const task = { ...loadTask(file, model), maxBatchSize: 1, wideThreads: 2, compiledFolder: folder };
  const start = async (): Promise<Session> => {
    const session = await Session.create(task);
    if ('code' in session) throw new Error(session.detail);
    t.teardown(() => session.release());
    return session;
  };
  return { file, folder, start };
}

t.test('compiled forms give the same answers, and stay for the next session', async (t) => {
  const plain = await open(t, wide(), { maxBatchSize: 1 });
  const { folder, start } = compiling(t);
  const input = floats(...Array.from({ length: WIDE_ROW }, (_, index) => Math.sin(index)));
  const [expected] = await plain.run([input]);
  const first = await start();
  t.same(await first.run([input]), [expected]);
  t.same(await first.run([input], 'wide'), [expected]);
  const form = join(folder, readdirSync(folder)[0]!);
  const { mtimeMs } = statSync(join(form, 'model.onnx'));
  t.ok(statSync(join(form, 'weights.bin')).size >= WIDE_ROW ** 2 * 4, 'weights lie in a file of their own');
  t.same(await (await start()).run([input]), [expected]);
  t.equal(statSync(join(form, 'model.onnx')).mtimeMs, mtimeMs, 'it was not made again');
});

t.test('replaced weights in a file beside the model are used', async (t) => {
  const { file, folder, start } = compiling(t, outside('model.onnx.data'));
  const answers = async (weight: number): Promise<number[]> => {
    const weights = new Float32Array(WIDE_ROW ** 2).fill(weight);
    writeFileSync(`${file}.data`, new Uint8Array(weights.buffer));
    return numbers((await (await start()).run([floats(...Array<number>(WIDE_ROW).fill(1))]))[0]);
  };
  t.same(await answers(1), Array<number>(WIDE_ROW).fill(WIDE_ROW));
  t.same(await answers(2), Array<number>(WIDE_ROW).fill(2 * WIDE_ROW));
  t.equal(readdirSync(folder).length, 2, 'each has its compiled form');
});

/** Two matrices of less than a MB each, whose sizes are no multiple of 64 bytes: the second begins at an odd place. */
const odd = (): TinyModel => {
  const middle = 257;
  const matrix = (name: string, rows: number, columns: number) =>
    constantFloats(
      name,
      [rows, columns],
      Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
    );
  const graph: Graph = {
    inputs: WIDE.inputs,
    outputs: WIDE.outputs,
    nodes: [
      { op: 'MatMul', inputs: ['x', 'a'], outputs: ['middle'] },
      { op: 'MatMul', inputs: ['middle', 'b'], outputs: ['y'] },
    ],
    constants: [matrix('a', WIDE_ROW, middle), matrix('b', middle, WIDE_ROW)],
  };
  return { file: writeModel(graph), config: {} };
};

t.test('weights that lie at odd places of a compiled form are aligned where kernels need it', async (t) => {
  const plain = await open(t, odd(), { maxBatchSize: 1 });
  const { folder, start } = compiling(t, odd());
  const input = floats(...Array.from({ length: WIDE_ROW }, (_, index) => Math.cos(index)));
  const session = await start();
  t.same(await session.run([input]), await plain.run([input]));
  const form = join(folder, readdirSync(folder)[0]!, 'model.onnx');
  t.same(
    prepackedOffsets(form).filter((offset) => offset % 64 !== 0),
    [],
  );
});

t.test('when onnxruntime refuses a compiled form, the model itself is loaded', async (t) => {
  const { folder, start } = compiling(t);
  await start();
  const form = join(folder, readdirSync(folder)[0]!);
  const spoilt = 'no model, but the one that is written down';
  writeFileSync(join(form, 'model.onnx'), spoilt);
  const manifest = JSON.parse(readFileSync(join(form, 'manifest.json'), 'utf8')) as Record<string, unknown>;
  manifest['model.onnx'] = { stamp: '', sha256: createHash('sha256').update(spoilt).digest('hex') };
  writeFileSync(join(form, 'manifest.json'), JSON.stringify(manifest));
  const { report } = await start();
  t.equal(report.provider, 'cpu');
  t.equal(readFileSync(join(form, 'model.onnx'), 'utf8'), spoilt, 'it was what was tried');
});

t.test('a file with its batch dimension fixed at 1 runs one row at a time', async (t) => {
  const session = await open(t, fixed(1));
  t.equal(session.report.maxBatchSize, 1);
  t.same(numbers((await session.run([floats(1, 2, 3, 4)]))[0]), [3, 5, 7, 9]);
});

t.test('a row of open length runs with the shape that model.json declares', async (t) => {
  const session = await open(t, dynamicRow());
  t.same(numbers((await session.run([floats(1, 2, 3, 4, 5)]))[0]), [2, 4, 6, 8, 10]);
});

t.test('runs rows in place in shared memory', async (t) => {
  const session = await open(t, affine());
  const shared = new Float32Array(new SharedArrayBuffer(64), 16, 4);
  shared.set([1, 2, 3, 4]);
  t.same(numbers((await session.run([value([1, 4], shared)]))[0]), [3, 5, 7, 9]);
});

t.test('the answer stays as it is when the input changes afterwards', async (t) => {
  const session = await open(t, affine());
  const own = Float32Array.of(1, 1, 1, 1);
  const input = value([1, 4], own);
  const [output] = await session.run([input]);
  own.fill(9);
  await session.run([input]);
  t.same(numbers(output), [3, 3, 3, 3]);
});

t.test('a model that mixes the rows of a batch runs each request by itself', async (t) => {
  const file = writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', 4] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['K', 4] }],
    nodes: [{ op: 'ReduceSum', inputs: ['x', 'axis'], outputs: ['y'] }],
    constants: [int64s('axis', [1], [0])],
  });
  const { report } = await open(t, { file, config: {} });
  t.match(report, {
    joins: { rows: false, reason: 'output y has the shape [1,4] for two rows and [1,4] for one' },
    maxBatchSize: 1,
  });
});

t.test('a file that does not exist, or is not a model, is a failure with the reason', async (t) => {
  const failure = await create(t, affine(), { file: join(t.testdirName, 'none.onnx') });
  t.match(failure, { code: 'MODEL_UNAVAILABLE', detail: /none\.onnx/ });
  const file = join(t.testdir(), 'text.onnx');
  writeFileSync(file, 'these are not protocol buffers');
  t.match(await create(t, affine(), { file }), { code: 'MODEL_UNAVAILABLE', detail: /./ });
});

t.test('a file that differs from model.json is a failure with the difference', async (t) => {
  const inputs = [{ name: 'x', datatype: 'FP32', shape: [3] }] as const;
  t.match(await create(t, affine(), { inputs }), {
    code: 'MODEL_UNAVAILABLE',
    detail: /\[3\], the file \[4\]/,
  });
});

t.test('an execution provider that is not available is a failure', async (t) => {
  const failure = await create(t, affine(), { device: NOT_THERE, deviceFallback: 'error' });
  t.match(failure, { code: 'MODEL_UNAVAILABLE', detail: /dml/i });
});

t.test('with a fallback the session runs on the CPU, and reports why', async (t) => {
  const session = await open(t, affine(), { device: NOT_THERE, deviceFallback: 'cpu' });
  t.match(session.report, { provider: 'cpu', fallbackReason: /dml/i });
  t.same(numbers((await session.run([floats(1, 2, 3, 4)]))[0]), [3, 5, 7, 9]);
});

t.test('a session on the requested device has no fallback reason', async (t) => {
  const { report } = await open(t, affine());
  t.equal(report.provider, 'cpu');
  t.notOk('fallbackReason' in report);
});

t.test('aligned elements are used in place; others are copied', async (t) => {
  const memory = new SharedArrayBuffer(64);
  const aligned = new Uint8Array(memory, 8, 16);
  t.equal((valueOf('FP32', [1, 4], aligned).data as TensorView).buffer, memory);
  const unaligned = new Uint8Array(memory, 9, 16);
  unaligned.set(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  const { data } = valueOf('FP32', [1, 4], unaligned);
  t.not((data as TensorView).buffer, memory);
  t.same([...(data as Float32Array)], [1, 2, 3, 4]);
});
