/** A demand on reliability: what is asked, and the program that measures it. */
import type { Scene } from './scene.ts';

/** quick: for CI, seconds each. standard: all of them in half an hour, on a quiet machine. long: hours. */
export const FORMS = ['quick', 'standard', 'long'] as const;
export type Form = (typeof FORMS)[number];

/** A measured value, and the bound that it has to keep; without a bound it only tells. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit?: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Setting {
  readonly form: Form;
  readonly scene: Scene;
  /** The value for the form of this run. */
  readonly pick: <Value>(quick: Value, standard: Value, long?: Value) => Value;
  /** Tells how far it is, on stderr. */
  readonly say: (text: string) => void;
}

export interface Demand {
  /** R1 to R18. */
  readonly id: string;
  readonly title: string;
  /** What is demanded, in words. */
  readonly demand: string;
  /** Set: figures are times, which mean nothing while something else runs on the machine. */
  readonly quiet?: boolean;
  /** Why it cannot be measured here; undefined when it can. */
  readonly missing?: () => string | undefined;
  readonly run: (setting: Setting) => Promise<readonly Figure[]>;
}

/** Whether the value keeps its bound; no number keeps none. */
export const keeps = ({ value, atMost, atLeast }: Figure): boolean =>
  (atMost === undefined && atLeast === undefined) ||
  (value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity));

/** What is missing to the bound, in the unit of the figure; 0 when it is kept. */
export const distanceOf = (figure: Figure): number => {
  if (keeps(figure)) return 0;
  const { value, atMost = Infinity } = figure;
  return value > atMost ? value - atMost : (figure.atLeast ?? 0) - value;
};
