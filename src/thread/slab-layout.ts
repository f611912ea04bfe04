/**
 * The layout of a slab, the SharedArrayBuffer of one worker and the main thread: the state words of its slots, then the
 * bytes of each slot.
 */

/** Batches that a worker may hold: the running one and a prefetched one. */
export const SLOTS_PER_WORKER = 2;

/** Bytes. One state word per cache line avoids false sharing between the two threads. */
const SLOT_STATE_STRIDE = 64;
const SLAB_HEADER_BYTES = SLOTS_PER_WORKER * SLOT_STATE_STRIDE;

/**
 * The main thread takes a slot (free -> ready) and frees it when the result has arrived. In between the state changes only
 * by Atomics.compareExchange: ready -> running -> done by the worker, or ready -> cancelled by the main thread.
 */
export const SLOT_FREE = 0;
export const SLOT_READY = 1;
export const SLOT_RUNNING = 2;
export const SLOT_CANCELLED = 3;
export const SLOT_DONE = 4;

export const slabBytes = (slotBytes: number): number => SLAB_HEADER_BYTES + SLOTS_PER_WORKER * slotBytes;

/** The state words of a slab; index them with slotStateIndex. */
export const slotStates = (slab: SharedArrayBuffer): Int32Array =>
  new Int32Array(slab, 0, SLAB_HEADER_BYTES / Int32Array.BYTES_PER_ELEMENT);

export const slotStateIndex = (slot: number): number =>
  (slot * SLOT_STATE_STRIDE) / Int32Array.BYTES_PER_ELEMENT;

/** The byte area of one slot; 64-byte aligned when slotBytes is. */
export function slotBody(slab: SharedArrayBuffer, slot: number): Uint8Array {
  const slotBytes = (slab.byteLength - SLAB_HEADER_BYTES) / SLOTS_PER_WORKER;
  return new Uint8Array(slab, SLAB_HEADER_BYTES + slot * slotBytes, slotBytes);
}
