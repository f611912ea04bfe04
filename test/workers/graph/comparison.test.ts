import t from 'tap';
import type { Output } from '../../../src/thread/messages.ts';
import { faultOfRewrite } from '../../../workers/graph/comparison.ts';
import type { Signature } from '../../../workers/signature.ts';

const signature = (datatype: 'FP32' | 'INT64'): Signature => ({
  inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype, shape: [-1, 2] }],
  axes: [['N', 2]],
  rowAxis: { kind: 'any' },
});
type Run = Parameters<typeof faultOfRewrite>[2]['original'];

const TRIAL = { length: 8, integer: 1 } as const;
const floats = (...values: number[]): Output => ({
  shape: [1, values.length],
  data: new Uint8Array(Float32Array.from(values).buffer),
});
const fault = (original: Output, rewritten: Output, datatype: 'FP32' | 'INT64' = 'FP32') =>
  faultOfRewrite(signature(datatype), TRIAL, {
    original: async () => [original],
    rewritten: async () => [rewritten],
  });

t.test('within the bound, relative to the largest number, answers are the same', async (t) => {
  t.equal(await fault(floats(1, 1000), floats(1, 1000)), undefined);
  t.equal(await fault(floats(1, 1000), floats(1.005, 1000)), undefined);
  t.match(
    await fault(floats(1, 1000), floats(1.02, 1000)),
    /output y differs by 0.000020 of its largest number/,
  );
  t.equal(await fault(floats(0, 0), floats(0, 1e-6)), undefined);
});

t.test('what is not finite has to be the same', async (t) => {
  t.equal(await fault(floats(NaN, Infinity), floats(NaN, Infinity)), undefined);
  t.match(await fault(floats(NaN, 1), floats(1, 1)), /differs/);
  t.match(await fault(floats(1, 1), floats(1, Infinity)), /differs/);
});

t.test('another shape, and another whole number, is a fault', async (t) => {
  t.match(await fault(floats(1, 2), floats(1)), /another shape/);
  const whole = (value: bigint): Output => ({
    shape: [1, 1],
    data: new Uint8Array(BigInt64Array.of(value).buffer),
  });
  t.equal(await fault(whole(3n), whole(3n), 'INT64'), undefined);
  t.match(await fault(whole(3n), whole(4n), 'INT64'), /differs/);
});

t.test('both are asked with the same rows, together and alone, and with all kinds of bytes', async (t) => {
  const asked: number[][] = [];
  const run: Run = async ([value]) => {
    asked.push([value!.shape[0]!, ...(value!.data as Uint8Array)]);
    return [floats(1)];
  };
  t.equal(await faultOfRewrite(signature('FP32'), TRIAL, { original: run, rewritten: run }), undefined);
  t.strictSame(
    asked.map(([rows]) => rows),
    [2, 2, 1, 1, 1, 1],
  );
  t.strictSame(asked[0], asked[1]);
});
