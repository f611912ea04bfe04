/**
 * What is watched of a version: numbers and classes of each row of its inputs and answers. An observer reads them of what was
 * run and what came of it.
 */
import type { Classes, Outputs } from '../../../thread/messages.ts';
import type { Payload } from '../../../thread/payload.ts';

/** Receives the features of one row, in the order of the observer's names. What it keeps it copies. */
export type TakeRow = (numbers: Float64Array, classes: readonly string[]) => void;

export interface Observer {
  /** Names of its numbers. */
  readonly numbers: readonly string[];
  /** Names of its classes: `class`, `format`. */
  readonly classes: readonly string[];
  /** About how many elements reading a row takes: what it costs. */
  readonly elements: number;
  /** Of an image without signals, and of results without rows, nothing is taken. */
  read(payload: Payload, result: Classes | Outputs, take: TakeRow): void;
}
