/**
 * The memory that one worker shares with the main thread: two slots, each holding the bodies of one batch.
 * Preallocated, because a fresh transferred buffer per request costs a mapping and its garbage (measured
 * p99 3.5 ms); untouched pages of it cost nothing.
 */
import type { ImageHeader } from '../image/header.ts';
import {
  SLOT_CANCELLED,
  SLOT_FREE,
  SLOT_READY,
  SLOTS_PER_WORKER,
  slabBytes,
  slotBody,
  slotStateIndex,
  slotStates,
  type BatchTask,
  type ImageItem,
  type Span,
} from '../thread/messages.ts';

/** What a slot holds. The batcher cuts batches to fit; a larger body travels alone, transferred. */
export const SLOT_BYTES = 4 * 1024 * 1024;

/** Tensors are used where they lie, so every input starts aligned for any element type and cache line. */
const ALIGNMENT = 64;

/** The bytes of one batch, before they are in a slot. */
export type BatchPayload =
  | {
      readonly kind: 'images';
      readonly images: readonly {
        readonly bytes: Uint8Array;
        readonly header: ImageHeader;
        readonly topK: number;
      }[];
    }
  | {
      readonly kind: 'rows';
      readonly entries: readonly { readonly inputs: readonly Uint8Array[]; readonly rows: number }[];
    };

type Placed = Pick<BatchTask, 'payload' | 'body'>;

const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

export class Slab {
  readonly memory = new SharedArrayBuffer(slabBytes(SLOT_BYTES));
  readonly #states = slotStates(this.memory);
  readonly #bodies = Array.from({ length: SLOTS_PER_WORKER }, (_, slot) => slotBody(this.memory, slot));

  /** Takes a free slot and marks it ready; the caller knows that there is one. */
  take(): number {
    for (let slot = 0; slot < SLOTS_PER_WORKER; slot++) {
      const index = slotStateIndex(slot);
      if (Atomics.compareExchange(this.#states, index, SLOT_FREE, SLOT_READY) === SLOT_FREE) return slot;
    }
    throw new Error('This is a bug: a batch was sent to a worker with no free slot.');
  }

  free(slot: number): void {
    Atomics.store(this.#states, slotStateIndex(slot), SLOT_FREE);
  }

  /** Takes a batch back; false when the worker has started it already. */
  cancel(slot: number): boolean {
    return (
      Atomics.compareExchange(this.#states, slotStateIndex(slot), SLOT_READY, SLOT_CANCELLED) === SLOT_READY
    );
  }

  /** Whether the worker has begun the batch in this slot. */
  started(slot: number): boolean {
    const state = Atomics.load(this.#states, slotStateIndex(slot));
    return state !== SLOT_READY && state !== SLOT_CANCELLED;
  }

  /** Copies the batch into the slot: the one copy between the HTTP body and the decoder. */
  write(slot: number, payload: BatchPayload): Placed {
    const bytes = payloadBytes(payload);
    const body = bytes > SLOT_BYTES ? new ArrayBuffer(bytes) : undefined;
    const target = body === undefined ? this.#bodies[slot]! : new Uint8Array(body);
    const placed = payload.kind === 'images' ? writeImages(target, payload) : writeRows(target, payload);
    return body === undefined ? { payload: placed } : { payload: placed, body };
  }
}

/** Bytes that the batch takes in a slot, with its alignment. */
export function payloadBytes(payload: BatchPayload): number {
  if (payload.kind === 'images') return payload.images.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  const inputs = payload.entries[0]?.inputs.length ?? 0;
  let offset = 0;
  for (let input = 0; input < inputs; input++) {
    offset = align(offset);
    for (const entry of payload.entries) offset += entry.inputs[input]!.byteLength;
  }
  return offset;
}

function writeImages(
  target: Uint8Array,
  { images }: Extract<BatchPayload, { kind: 'images' }>,
): BatchTask['payload'] {
  let offset = 0;
  const items = images.map(({ bytes, header, topK }): ImageItem => {
    target.set(bytes, offset);
    const item = { offset, length: bytes.byteLength, header, topK };
    offset += bytes.byteLength;
    return item;
  });
  return { kind: 'images', images: items };
}

/** Input by input, so that the rows of all entries stand together and make one tensor without another copy. */
function writeRows(
  target: Uint8Array,
  { entries }: Extract<BatchPayload, { kind: 'rows' }>,
): BatchTask['payload'] {
  const spans: Span[] = [];
  let offset = 0;
  for (let input = 0; input < (entries[0]?.inputs.length ?? 0); input++) {
    offset = align(offset);
    const start = offset;
    for (const entry of entries) {
      target.set(entry.inputs[input]!, offset);
      offset += entry.inputs[input]!.byteLength;
    }
    spans.push({ offset: start, length: offset - start });
  }
  return { kind: 'rows', inputs: spans, rows: entries.map((entry) => entry.rows) };
}
