/** Entries for tests of the stages around the batcher: rows of a model with one input, 4 bytes to a row. */
import { Entry, type Due, type EntryOutcome } from '../../src/batcher/entry.ts';
import type { Payload, RowsPayload } from '../../src/thread/payload.ts';

const BYTES_PER_ROW = 4;

/** An answer is worth something whenever it comes. */
export const WHENEVER: Due = { at: Infinity, strict: false };

/** `first` is the first byte, to tell entries apart on the other side. */
export function rowsPayload(rows: number, first = 0): RowsPayload {
  const bytes = new Uint8Array(rows * BYTES_PER_ROW);
  if (rows > 0) bytes[0] = first;
  return { kind: 'rows', inputs: [bytes], rows };
}

/** An entry that writes down its outcomes: more than one would be a bug. */
export class RecordedEntry extends Entry {
  readonly outcomes: EntryOutcome[];

  constructor(payload: Payload, queuedAt = 0, due: Due = WHENEVER) {
    const outcomes: EntryOutcome[] = [];
    super(payload, queuedAt, due, (outcome) => outcomes.push(outcome));
    this.outcomes = outcomes;
  }

  get outcome(): EntryOutcome | undefined {
    return this.outcomes[0];
  }
}
