/**
 * What one entry of a batch brings: one image, or some rows. The unit that is queued, counted in rows, copied into a
 * worker's slab and answered by one result.
 */
import type { ImageHeader } from '../image/header.ts';

/** An image to classify. Always one row. */
export interface ImagePayload {
  readonly kind: 'image';
  readonly rows: 1;
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  /** How many classes are wanted, most probable first. */
  readonly topK: number;
}

/** Rows for each declared input of the model, in the order of its inputs, raw little-endian. */
export interface RowsPayload {
  readonly kind: 'rows';
  readonly rows: number;
  readonly inputs: readonly Uint8Array[];
}

export type Payload = ImagePayload | RowsPayload;

/** Rows of all of them together. */
export function rowsOf(payloads: readonly Pick<Payload, 'rows'>[]): number {
  let rows = 0;
  for (const payload of payloads) rows += payload.rows;
  return rows;
}

/** Bytes that a payload takes in a slab, without alignment. */
export function bytesOf(payload: Payload): number {
  if (payload.kind === 'image') return payload.bytes.byteLength;
  let bytes = 0;
  for (const input of payload.inputs) bytes += input.byteLength;
  return bytes;
}
