/**
 * What is done to a byte of an image before a model sees it, as a row of operations in single precision, each with a constant for
 * every channel. Pure.
 */
import type { Preprocess } from '../../src/thread/load.ts';

export interface PixelStep {
  readonly op: 'Add' | 'Sub' | 'Mul' | 'Div';
  /** For R, G and B, in single precision: the right side, or the left one where `reversed`. */
  readonly by: readonly number[];
  readonly reversed?: true;
}

export type PixelSteps = readonly PixelStep[];

const { fround } = Math;
const CHANNELS = [0, 1, 2] as const;
const BYTE_VALUES = 256;

/** (byte / 255 - mean) / std, as numpy and torchvision have it. */
export function stepsOf({ mean, std }: Pick<Preprocess, 'mean' | 'std'>): PixelSteps {
  const all = (op: PixelStep['op'], values: (channel: number) => number): PixelStep => ({
    op,
    by: CHANNELS.map((channel) => fround(values(channel))),
  });
  return [
    all('Div', () => 255),
    all('Sub', (channel) => mean?.[channel] ?? 0),
    all('Div', (channel) => std?.[channel] ?? 1),
  ];
}

/** What each byte becomes, for R, G and B. */
export const tablesOf = (steps: PixelSteps): readonly Float32Array[] =>
  CHANNELS.map((channel) => {
    const table = Float32Array.from({ length: BYTE_VALUES }, (_, byte) => byte);
    for (const step of steps)
      for (let byte = 0; byte < BYTE_VALUES; byte++) table[byte] = done(step, table[byte]!, channel);
    return table;
  });

function done({ op, by, reversed }: PixelStep, value: number, channel: number): number {
  const constant = by[channel]!;
  const [left, right] = reversed === true ? [constant, value] : [value, constant];
  // Of two singles in double precision, rounded once more by the table: that is what single precision gives.
  switch (op) {
    case 'Add':
      return left + right;
    case 'Sub':
      return left - right;
    case 'Mul':
      return left * right;
    case 'Div':
      return left / right;
  }
}

/** (byte x first - minus) x last, or with quotients in place of both products; nine constants: those of R, of G, of B. */
export interface PixelFormula {
  readonly divides: boolean;
  readonly constants: readonly number[];
}

/** The steps as one formula that gives the same floats bit for bit; undefined where there is none. */
export function formulaOf(steps: PixelSteps): PixelFormula | undefined {
  for (const divides of [false, true]) {
    const own = divides ? 'Div' : 'Mul';
    const left = [...steps];
    const take = (op: PixelStep['op']): readonly number[] | undefined =>
      left[0]?.op === op && left[0].reversed !== true ? left.shift()!.by : undefined;
    // A lone product is the last one: after it nothing is subtracted.
    const first = left.length > 1 || left[0]?.op !== own ? take(own) : undefined;
    const minus = take('Sub');
    const last = take(own);
    if (left.length > 0) continue;
    const constants = CHANNELS.flatMap((channel) => [
      first?.[channel] ?? 1,
      minus?.[channel] ?? 0,
      last?.[channel] ?? 1,
    ]);
    return { divides, constants };
  }
  return undefined;
}
