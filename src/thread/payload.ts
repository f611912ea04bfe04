/**
 * The payload of one entry: one image, or tensors. It is queued, copied into a worker's slab and answered by one result.
 */
import type { ImageHeader } from '../image/header.ts';

/** An image for a model with preprocessing. Always one row. */
export interface ImagePayload {
  readonly kind: 'image';
  readonly rows: 1;
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  /** Number of classes to return, most probable first; undefined: the outputs of the model, as they are. */
  readonly topK: number | undefined;
}

/** One input of a payload: the tensor as in src/tensor/tensor.ts. */
export interface PayloadInput {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A tensor for each input of the model, in the order of its inputs. */
export interface TensorsPayload {
  readonly kind: 'tensors';
  /** The length of the first axis of every input; 1 where a request is run by itself, whatever it holds. */
  readonly rows: number;
  /** The shapes of its rows, where the model leaves them open: only equal ones are run together. */
  readonly rowShapes?: string | undefined;
  readonly inputs: readonly PayloadInput[];
}

export type Payload = ImagePayload | TensorsPayload;

/** Whether two payloads of a model may be run together. */
export const joinable = (a: Payload, b: Payload): boolean =>
  a.kind === 'image' ? b.kind === 'image' : b.kind === 'tensors' && a.rowShapes === b.rowShapes;

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
  for (const { data } of payload.inputs) bytes += data.byteLength;
  return bytes;
}
