/**
 * Made-up inputs for a model: to warm it up, and to find out whether its rows are independent. What a model takes is only
 * partly in its file, so that several kinds of input are tried until one runs.
 */
import { allocate, elementsOf, type Datatype } from '../src/tensor/tensor.ts';
import type { Signature } from './signature.ts';
import { filled, type Run, type Value } from './values.ts';

/** One kind of input: the length of every open axis but that of the rows, and the value of integers. */
export interface Trial {
  readonly length: number;
  readonly integer: 0 | 1;
}

/** 8 suits most texts and sounds of any length; a convolution may need more, a state only 1. Zeros where 1 is out of range. */
const TRIALS: readonly Trial[] = [8, 1, 32, 128, 512].flatMap((length) => [
  { length, integer: 1 },
  { length, integer: 0 },
]);

/** Those that differ for this model. */
export function trialsFor({ inputs, axes, rowAxis }: Signature): readonly Trial[] {
  const open = axes.some((lengths) => lengths.slice(rowAxis.kind === 'none' ? 0 : 1).some(isOpen));
  const integers = inputs.some(({ datatype }) => !datatype.startsWith('FP'));
  const lengths = open ? TRIALS : TRIALS.slice(0, 2);
  return integers ? lengths : lengths.filter(({ integer }) => integer === 1);
}

/** The first of them that runs with that many rows; undefined: none does. */
export async function findTrial(signature: Signature, rows: number, run: Run): Promise<Trial | undefined> {
  for (const trial of trialsFor(signature)) {
    const runs = await run(warmInputs(signature, rows, trial)).then(
      () => true,
      () => false,
    );
    if (runs) return trial;
  }
  return undefined;
}

/** Inputs of equal elements: zeros, and ones for integers. */
export const warmInputs = (signature: Signature, rows: number, trial: Trial): Value[] =>
  signature.inputs.map(({ datatype }, index) =>
    filled(datatype, shapeOf(signature, index, rows, trial), datatype.startsWith('FP') ? 0 : trial.integer),
  );

/** Two rows, both together and each alone. */
export interface TwoRows {
  readonly both: readonly Value[];
  readonly each: readonly (readonly Value[])[];
}

/** Of the floats of the second row of the second pair. */
const LARGE = 10_000;

/**
 * Pairs of rows that show whether one depends on the other: floats within -1 and 1, bytes of any value, other integers of 0
 * and 1. In a second pair the floats of the second row are ten thousand times as large: a scale that is taken from all rows
 * shows only there, and what large numbers saturate only in the first.
 */
export function pairsOfRows(signature: Signature, trial: Trial): readonly TwoRows[] {
  const floats = signature.inputs.some(({ datatype }) => datatype === 'FP32' || datatype === 'FP64');
  return (floats ? [1, LARGE] : [1]).map((factor) =>
    twoRows(signature, { random: generator(), trial, factor }),
  );
}

function twoRows(signature: Signature, draw: Draw): TwoRows {
  const both = signature.inputs.map(({ datatype }, index) => {
    const value = filled(datatype, shapeOf(signature, index, 2, draw.trial), 0);
    if (datatype === 'BYTES') return value;
    return { ...value, data: drawn(datatype, elementsOf(value.shape), draw) };
  });
  return { both, each: [0, 1].map((row) => both.map((value) => rowOfValue(value, row))) };
}

function shapeOf(
  { inputs, axes, rowAxis }: Signature,
  index: number,
  rows: number,
  { length }: Trial,
): readonly number[] {
  const whole = axes[index]!.map((axis) => (isOpen(axis) ? length : Number(axis)));
  return rowAxis.kind === 'none' || inputs[index]!.shape.length === 0 ? whole : [rows, ...whole.slice(1)];
}

const isOpen = (length: number | string): boolean => typeof length === 'string' || length < 0;

interface Draw {
  readonly random: () => number;
  readonly trial: Trial;
  /** Of the floats of the second row. */
  readonly factor: number;
}

function drawn(datatype: Datatype, count: number, { random, trial, factor }: Draw): Value['data'] {
  const data = allocate(datatype, count);
  const draw = drawOf(datatype, trial.integer);
  for (let at = 0; at < count; at++) data[at] = draw(random(), at < count / 2 ? 1 : factor);
  return data;
}

/** FP16 bits of 1, 2 and 0.5 with either sign. */
const HALVES = [0x3c00, 0x4000, 0x3800, 0xbc00, 0xc000, 0xb800];

function drawOf(datatype: Datatype, integer: 0 | 1): (random: number, factor: number) => number | bigint {
  if (datatype === 'FP32' || datatype === 'FP64') return (random, factor) => (2 * random - 1) * factor;
  if (datatype === 'FP16') return (random) => HALVES[Math.floor(random * HALVES.length)]!;
  if (datatype === 'UINT8') return (random) => Math.floor(random * 256);
  if (datatype === 'INT8') return (random) => Math.floor(random * 256) - 128;
  const isBig = datatype === 'INT64' || datatype === 'UINT64';
  return (random) => {
    const bit = integer === 1 && random < 0.5 ? 1 : 0;
    return isBig ? BigInt(bit) : bit;
  };
}

function rowOfValue({ datatype, shape, data }: Value, row: number): Value {
  const step = data.length / 2;
  const own = Array.isArray(data)
    ? (data as readonly string[]).slice(row * step, (row + 1) * step)
    : (data as Uint8Array).subarray(row * step, (row + 1) * step);
  return { datatype, shape: [1, ...shape.slice(1)], data: own };
}

/** Numbers in [0, 1), the same at every load (mulberry32). */
function generator(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
