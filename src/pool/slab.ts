/**
 * The memory that one worker shares with the main thread: two slots, each with the bodies of one batch. Preallocated,
 * because a new transferred buffer per request costs a memory mapping and garbage (measured p99 3.5 ms). Untouched pages
 * cost nothing.
 */
import type { ImagePayload, Payload, TensorsPayload } from '../thread/payload.ts';
import {
  SLOT_CANCELLED,
  SLOT_FREE,
  SLOT_READY,
  SLOT_RUNNING,
  SLOTS_PER_WORKER,
  slabBytes,
  slotBody,
  slotStateIndex,
  slotStates,
} from '../thread/slab-layout.ts';
import type { BatchTask, ImageItem, TensorSpan } from '../thread/messages.ts';

/** Capacity of a slot. The batcher cuts batches to fit; a larger single entry is sent in a transferred buffer. */
export const SLOT_BYTES = 4 * 1024 * 1024;

/** Bytes. Sessions use tensors in place, so every input is aligned for any element type and cache line. */
const ALIGNMENT = 64;

type Placed = Pick<BatchTask, 'payload' | 'body'>;

const align = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT;

export class Slab {
  readonly memory = new SharedArrayBuffer(slabBytes(SLOT_BYTES));
  readonly #states = slotStates(this.memory);
  readonly #bodies = Array.from({ length: SLOTS_PER_WORKER }, (_, slot) => slotBody(this.memory, slot));

  /** Takes a free slot and marks it ready. @throws Error when no slot is free, which is a bug of the caller */
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

  /** Takes a batch back; returns false when the worker has already started it. */
  cancel(slot: number): boolean {
    return (
      Atomics.compareExchange(this.#states, slotStateIndex(slot), SLOT_READY, SLOT_CANCELLED) === SLOT_READY
    );
  }

  /**
   * Whether the worker was running the batch in this slot. A batch that was done when the thread ended, but whose result
   * was not received, is not running and may be run again.
   */
  running(slot: number): boolean {
    return Atomics.load(this.#states, slotStateIndex(slot)) === SLOT_RUNNING;
  }

  /**
   * Copies a batch into the slot: the only copy between the HTTP body and the decoder or session. A batch larger than a
   * slot is copied into a new buffer, to be transferred. @throws RangeError when that cannot be allocated
   */
  write(slot: number, payloads: readonly Payload[]): Placed {
    const bytes = slotBytesOf(payloads);
    const body = bytes > SLOT_BYTES ? new ArrayBuffer(bytes) : undefined;
    const target = body === undefined ? this.#bodies[slot]! : new Uint8Array(body);
    const payload = areImages(payloads)
      ? writeImages(target, payloads)
      : writeTensors(target, payloads as readonly TensorsPayload[]);
    return body === undefined ? { payload } : { payload, body };
  }
}

/** A batch belongs to one model, so all its payloads are of one kind. */
const areImages = (payloads: readonly Payload[]): payloads is readonly ImagePayload[] =>
  payloads[0]?.kind === 'image';

/** Bytes of a batch in a slot; for tensors with the alignment of each input. */
export function slotBytesOf(payloads: readonly Payload[]): number {
  if (areImages(payloads)) return payloads.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  return tensorBytes(payloads as readonly TensorsPayload[]);
}

function tensorBytes(entries: readonly TensorsPayload[]): number {
  let offset = 0;
  for (let input = 0; input < inputsOf(entries); input++) {
    offset = align(offset);
    for (const entry of entries) offset += entry.inputs[input]!.data.byteLength;
  }
  return offset;
}

const inputsOf = (entries: readonly TensorsPayload[]): number => entries[0]?.inputs.length ?? 0;

function writeImages(target: Uint8Array, images: readonly ImagePayload[]): BatchTask['payload'] {
  let offset = 0;
  const items = images.map(({ bytes, header, topK, rows, occlusion }): ImageItem => {
    target.set(bytes, offset);
    const item = {
      offset,
      length: bytes.byteLength,
      header,
      topK,
      ...(occlusion && { occluded: { rows, how: occlusion } }),
    };
    offset += bytes.byteLength;
    return item;
  });
  return { kind: 'images', images: items };
}

/** Writes input by input, so that the rows of all entries are contiguous and form one tensor without another copy. */
function writeTensors(target: Uint8Array, entries: readonly TensorsPayload[]): BatchTask['payload'] {
  const spans: TensorSpan[] = [];
  const rows = entries.map((entry) => entry.rows);
  let offset = 0;
  for (let input = 0; input < inputsOf(entries); input++) {
    offset = align(offset);
    const start = offset;
    for (const entry of entries) {
      const { data } = entry.inputs[input]!;
      target.set(data, offset);
      offset += data.byteLength;
    }
    const { shape } = entries[0]!.inputs[input]!;
    const joined =
      entries.length === 1 ? shape : [rows.reduce((sum, count) => sum + count, 0), ...shape.slice(1)];
    spans.push({ offset: start, length: offset - start, shape: joined });
  }
  return { kind: 'tensors', inputs: spans, rows };
}
