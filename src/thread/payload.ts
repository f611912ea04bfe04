/**
 * The payload of one entry: one image, or tensors. It is queued, copied into a worker's slab and answered by one result.
 */
import type { ImageHeader } from '../image/header.ts';

/**
 * Copies of an image to run instead of it, each with another cell of a grid covered. Cells are counted from the left, row by
 * row from the top. The answer is a tensor of the probability of one class for each copy.
 */
export interface Occlusion {
  /** Cells on each side of the grid. */
  readonly grid: number;
  /** The first cell to be covered; the payload has as many rows as cells follow, with this one. */
  readonly from: number;
  readonly classId: number;
  /** Rows of a run of the model: as many as pay. */
  readonly atOnce: number;
}

/** An image for a model with preprocessing: one row, or a row for each occluded copy. */
export interface ImagePayload {
  readonly kind: 'image';
  readonly rows: number;
  readonly bytes: Uint8Array;
  readonly header: ImageHeader;
  /** Number of classes to return, most probable first; undefined: the outputs of the model, as they are. */
  readonly topK: number | undefined;
  readonly occlusion?: Occlusion | undefined;
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
  a.kind === 'image'
    ? b.kind === 'image' && !givesWay(a) && !givesWay(b)
    : b.kind === 'tensors' && a.rowShapes === b.rowShapes;

/** Whether it runs by itself on one idle worker only, so that what comes meanwhile finds the others. */
export const givesWay = (payload: Payload): boolean =>
  payload.kind === 'image' && payload.occlusion !== undefined;

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
