/** Bodies of /v1 predictions, and their answers. */

/** What a prediction takes. */
export type PredictInput =
  /** One image as it lies in its file, or the rows of a model that takes rows. */
  | Blob
  | ArrayBuffer
  | ArrayBufferView
  /** The same; it is sent only once, whatever happens. Browsers stream over HTTP/2 only. */
  | ReadableStream<Uint8Array>
  /** An image that the server fetches, or a data URL. */
  | URL
  /** Several images. */
  | FormData
  | PredictJson;

/** A body of /v1/predict, as the OpenAPI document of the server describes it. BigInts are sent as strings. */
export type PredictJson =
  | { readonly image: string; readonly top_k?: number }
  | { readonly url: string; readonly top_k?: number }
  | { readonly images: readonly string[]; readonly top_k?: number }
  | { readonly inputs: Readonly<Record<string, readonly unknown[]>> };

export interface Prediction {
  readonly class_id: number;
  /** Left out when the model has no labels. */
  readonly label?: string;
  readonly probability: number;
}

interface AnswerHead {
  readonly request_id: string;
  /** The model that answered, whatever name or label was asked for. */
  readonly model: {
    readonly name: string;
    readonly version: string;
    /** Why this version answered, as the header `x-model-route`. */
    readonly route?: string;
  };
  /** Where the time went, in milliseconds, by stage. */
  readonly timings_ms: Readonly<Record<string, number>>;
  readonly batch: { readonly size: number; readonly reason: string; readonly width: string };
}

export interface ImageAnswer extends AnswerHead {
  /** Most probable first. */
  readonly predictions: readonly Prediction[];
}

export interface ImagesAnswer extends AnswerHead {
  /** One for each image, in their order; a bad one fails alone. */
  readonly results: readonly (
    | { readonly predictions: readonly Prediction[]; readonly code?: never }
    | { readonly error: string; readonly code: string; readonly predictions?: never }
  )[];
}

export interface RowsAnswer extends AnswerHead {
  /** Nested lists by name of the output; what JSON has no number for is null. */
  readonly outputs: Readonly<Record<string, readonly unknown[]>>;
}

/** The answer to such an input. Bytes are taken for an image: rows are typed by `predict<Uint8Array, RowsAnswer>(…)`. */
export type AnswerTo<Input> = Input extends { readonly inputs: unknown }
  ? RowsAnswer
  : Input extends FormData | { readonly images: unknown }
    ? ImagesAnswer
    : ImageAnswer;

const BYTES = 'application/octet-stream';

interface Body {
  readonly body: NonNullable<RequestInit['body']>;
  readonly headers: Readonly<Record<string, string>>;
}

/** @throws TypeError for what is no input, such as a text */
export function bodyOf(input: PredictInput): Body {
  // It brings its own content type, with the boundary.
  if (input instanceof FormData) return { body: input, headers: {} };
  if (input instanceof Blob) return bytes(input, input.type.startsWith('image/') ? input.type : BYTES);
  if (input instanceof ArrayBuffer || input instanceof ReadableStream) return bytes(input);
  if (ArrayBuffer.isView(input)) return bytes(input as Uint8Array<ArrayBuffer>);
  if (input instanceof URL)
    return json(input.protocol === 'data:' ? { image: input.href } : { url: input.href });
  if (typeof input !== 'object' || input === null || Array.isArray(input) || Symbol.asyncIterator in input) {
    throw new TypeError(
      'An input is bytes, a Blob, a ReadableStream, a URL object, a FormData, or an object that is sent as JSON.',
    );
  }
  return json(input);
}

const bytes = (body: Body['body'], type = BYTES): Body => ({ body, headers: { 'content-type': type } });

const json = (value: object): Body => ({
  body: JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)),
  headers: { 'content-type': 'application/json' },
});
