import t from 'tap';
import { observerOf } from '../../../../src/quality/drift/observe/of-version.ts';
import type { ModelSettings, Signature } from '../../../../src/serving/model-version.ts';
import type { TensorSpec } from '../../../../src/tensor/tensor.ts';
import type { Output } from '../../../../src/thread/messages.ts';
import type { Payload } from '../../../../src/thread/payload.ts';

const spec = (name: string, datatype: TensorSpec['datatype'], ...shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});

function observer(
  inputs: TensorSpec[],
  outputs: TensorSpec[],
  settings: Partial<ModelSettings> = {},
  joins = true,
) {
  const signature = {
    provider: 'cpu',
    inputs,
    outputs,
    maxBatchSize: 8,
    joins: { rows: joins },
  } as Signature;
  return observerOf({ classifies: false, softmax: false, ...settings } as ModelSettings, signature);
}

type Row = { readonly numbers: number[]; readonly classes: readonly string[] };

function rowsOf(
  of: ReturnType<typeof observer>,
  rows: number,
  inputs: ArrayBufferView[],
  outputs: ArrayBufferView[],
): Row[] {
  const bytes = (view: ArrayBufferView) => new Uint8Array(view.buffer as ArrayBuffer);
  const payload: Payload = {
    kind: 'tensors',
    rows,
    inputs: inputs.map((view) => ({ shape: [], data: bytes(view) })),
  };
  const results = outputs.map((view): Output => ({ shape: [], data: bytes(view) }));
  const taken: Row[] = [];
  of.read(payload, { kind: 'outputs', outputs: results }, (numbers, classes) =>
    taken.push({ numbers: Array.from(numbers), classes: [...classes] }),
  );
  return taken;
}

t.test('each column of a short row is a feature, of any type that is a number', async (t) => {
  const of = observer(
    [spec('x', 'FP32', -1, 2), spec('n', 'INT64', -1), spec('half', 'FP16', -1, 1), spec('flag', 'BOOL', -1)],
    [spec('y', 'FP64', -1, 1)],
  );
  t.strictSame(of.numbers, ['x[0]', 'x[1]', 'n', 'half', 'flag', 'y']);
  t.strictSame(of.classes, []);
  const taken = rowsOf(
    of,
    2,
    [
      Float32Array.of(1, 2, 3, 4),
      BigInt64Array.of(5n, -6n),
      Uint16Array.of(0x3c00, 0xc000),
      Uint8Array.of(0, 1),
    ],
    [Float64Array.of(0.5, 0.25)],
  );
  t.strictSame(
    taken.map(({ numbers }) => numbers),
    [
      [1, 2, 5, 1, 0, 0.5],
      [3, 4, -6, -2, 1, 0.25],
    ],
  );
});

t.test('a classifier of rows has a class and how sure it is', async (t) => {
  const of = observer([spec('x', 'FP32', -1, 1)], [spec('scores', 'FP32', -1, 3)], {
    classifies: true,
    softmax: true,
  });
  t.strictSame(of.numbers, ['x', 'confidence', 'entropy']);
  const [first, second] = rowsOf(of, 2, [Float32Array.of(1, 2)], [Float32Array.of(0, 0, 9, 5, 5, 5)]);
  t.strictSame(first!.classes, ['2']);
  t.ok(first!.numbers[1]! > 0.99);
  t.strictSame(second!.classes, ['0']);
  t.ok(Math.abs(second!.numbers[2]! - Math.log(3)) < 1e-9);
});

t.test('of a long row the mean and the deviation are features', async (t) => {
  const of = observer([spec('pixels', 'FP32', -1, 3, 64)], [spec('y', 'FP32', -1, 40)]);
  t.strictSame(of.numbers, ['pixels.mean', 'pixels.deviation', 'y.mean', 'y.deviation']);
  const pixels = Float32Array.from({ length: 192 }, (_, index) => (index % 2 === 0 ? 1 : 3));
  const [row] = rowsOf(of, 1, [pixels], [new Float32Array(40)]);
  t.strictSame(row!.numbers, [2, 1, 0, 0]);
});

t.test(
  'rows of any length, and models whose rows are not joined, have a mean and a deviation too',
  async (t) => {
    t.strictSame(observer([spec('x', 'FP32', -1, -1)], []).numbers, ['x.mean', 'x.deviation']);
    const alone = observer([spec('x', 'FP32', 1, 2)], [], {}, false);
    t.strictSame(alone.numbers, ['x.mean', 'x.deviation']);
    t.strictSame(rowsOf(alone, 1, [Float32Array.of(2, 4)], [])[0]!.numbers, [3, 1]);
  },
);

t.test('texts are not watched, and a name that is there twice is told apart', async (t) => {
  const of = observer([spec('text', 'BYTES', -1, 1), spec('x', 'FP32', -1, 1)], [spec('x', 'FP32', -1, 1)]);
  t.strictSame(of.numbers, ['x', "x'"]);
  t.strictSame(
    rowsOf(of, 1, [Uint8Array.of(1, 0, 0, 0, 65), Float32Array.of(1)], [Float32Array.of(2)])[0]!.numbers,
    [1, 2],
  );
});

t.test('of a request with many rows eight are looked at', async (t) => {
  const of = observer([spec('x', 'FP32', -1, 1)], []);
  const taken = rowsOf(of, 100, [Float32Array.from({ length: 100 }, (_, index) => index)], []);
  t.strictSame(
    taken.map(({ numbers }) => numbers[0]),
    [0, 12, 24, 36, 48, 60, 72, 84],
  );
});

t.test('a row that is not a number keeps its place', async (t) => {
  const of = observer([spec('x', 'FP32', -1, 1)], []);
  t.strictSame(rowsOf(of, 1, [Float32Array.of(NaN)], [])[0]!.numbers, [NaN]);
});
