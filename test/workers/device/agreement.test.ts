import t from 'tap';
import { differenceOf } from '../../../workers/device/agreement.ts';
import type { Output } from '../../../src/thread/messages.ts';
import type { Signature } from '../../../workers/signature.ts';

const SIGNATURE: Signature = {
  inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
  axes: [['N', 2]],
  rowAxis: { kind: 'any' },
};
const TRIAL = { length: 8, integer: 1 } as const;

const giving =
  (...values: readonly number[]) =>
  (): Promise<readonly Output[]> =>
    Promise.resolve([{ shape: [1, values.length], data: new Uint8Array(Float32Array.from(values).buffer) }]);

const between = (device: readonly number[], cpu: readonly number[]): Promise<number | undefined> =>
  differenceOf(SIGNATURE, TRIAL, giving(...device), giving(...cpu));

t.test('a difference is a share of the largest number that the CPU gives', async (t) => {
  t.equal(await between([1, -4], [1, -4]), 0);
  t.equal(await between([1, -3], [1, -4]), 0.25);
  t.equal(await between([0, 0], [0, 0]), 0);
});

t.test('what is finite on one of them only is infinitely apart', async (t) => {
  t.equal(await between([1, NaN], [1, 2]), Infinity);
  t.equal(await between([1, 2], [1, Infinity]), Infinity);
  t.equal(await between([NaN, 1], [NaN, 1]), 0, 'equal is equal');
});

t.test('another number of values is infinitely apart', async (t) => {
  t.equal(await between([1], [1, 2]), Infinity);
});

t.test('nothing is compared of a model that nothing is known to run with', async (t) => {
  t.equal(await differenceOf(SIGNATURE, null, giving(1, 2), giving(3, 4)), undefined);
});
