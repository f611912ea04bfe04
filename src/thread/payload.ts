/**
 * The payload of one entry: one image, or some rows. It is queued, copied into a worker's slab and answered by one result.
 */
import type { ImageHeader } from '../image/header.ts';

/** An image to classify. Always one row. */
export interface ImagePayload {
  readonly kind: 'image';
  readonly rows: 1;
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  /** Number of classes to return, most probable first. */
  readonly topK: number;
}

/** Rows for each declared input of the model, in the order of its inputs, raw little-endian. */
export interface RowsPayload {
  readonly kind: 'rows';
  readonly rows: number;
  readonly inputs: readonly Uint8Array[];
}

export type Payload = ImagePayload | RowsPayload;

/** Sum of the rows of all payloads. */
export function rowsOf(payloads: readonly Pick<Payload, 'rows'>[]): number {
  let rows = 0;
  for (const payload of payloads) rows += payload.rows;
  return rows;
}

/** Bytes of a payload in a slab, without alignment. */
export function bytesOf(payload: Payload): number {
  if (payload.kind === 'image') return payload.bytes.byteLength;
  let bytes = 0;
  for (const input of payload.inputs) bytes += input.byteLength;
  return bytes;
}
