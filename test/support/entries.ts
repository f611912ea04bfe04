/** Entries for tests of the stages around the batcher: rows of a model with one input of 4 bytes. */
import { Entry, type Due, type EntryOutcome } from '../../src/batcher/entry.ts';
import type { Payload, TensorsPayload } from '../../src/thread/payload.ts';

const BYTES_PER_ROW = 4;

/** No limit. */
export const WHENEVER: Due = { at: Infinity, strict: false };

/** `first` is the first byte, which identifies the entry in a worker. */
export function rowsPayload(rows: number, first = 0): TensorsPayload {
  const bytes = new Uint8Array(rows * BYTES_PER_ROW);
  if (rows > 0) bytes[0] = first;
  return { kind: 'tensors', inputs: [{ shape: [rows, BYTES_PER_ROW], data: bytes }], rows };
}

/** An entry that records its outcomes: more than one would be a bug. */
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
