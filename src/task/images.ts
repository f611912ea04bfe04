/** Work of models that declare image preprocessing: images to classes. */
import type { Permit } from '../admission/budget.ts';
import type { EntryOutcome } from '../batcher/entry.ts';
import { ServingError, toServingError, type Failure } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { readImageHeader } from '../image/header.ts';
import { refuseLarge } from '../image/limits.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Classes, Outputs } from '../thread/messages.ts';
import type { ImagePayload } from '../thread/payload.ts';
import type { Explanation } from './explanations.ts';
import type { PredictStages } from './stages.ts';
import { failureOf, isDone, type AnswerFacts, type Task, type Work } from './task.ts';

/** An image of a request: its bytes, or the URL to fetch them from. */
export type ImageSource =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'url'; readonly url: string };

export interface ImagesRequest {
  readonly images: readonly ImageSource[];
  /** Whether the answer is a list, also for one image. */
  readonly several: boolean;
  /** Number of classes to return for each image; undefined: the outputs of the model. */
  readonly topK: number | undefined;
  /** Whether the answer is to be explained: only for one image. */
  readonly explains?: boolean;
}

/** Classes of an image, or the outputs of the model for it, or the failure. */
export type ImageResult = Classes | Outputs | Failure;

/** The encoding of requests and answers in a protocol. */
export interface ImagesCodec {
  /** @throws ServingError when the body is invalid */
  decode(body: Buffer): ImagesRequest;
  /** Returns JSON. `results`: one for each image of the request, in order. */
  encode(results: readonly ImageResult[], several: boolean, facts: AnswerFacts, why?: Explanation): string;
}

export function imagesTask(
  codec: ImagesCodec,
  exchange: Exchange,
  version: ModelVersion,
  stages: PredictStages,
): Task {
  return {
    async decode(body, permit) {
      const request = codec.decode(body);
      const fromMs = exchange.elapsedMs;
      const sources = await fetchAll(exchange, request.images, permit, stages);
      const fetched = { fromMs, untilMs: exchange.elapsedMs };
      const items = sources.map((source) =>
        source instanceof Uint8Array ? payloadOf(source, request.topK, stages.maxImagePixels) : source,
      );
      const work = imagesWork(codec, version, items, request);
      return request.images.some(({ kind }) => kind === 'url') ? { ...work, fetched } : work;
    },
  };
}

/** An image that can be queued, or the failure. */
type Item = ImagePayload | Failure;

const succeeded = (result: ImageResult): result is Classes | Outputs => !('code' in result);

const isPayload = (item: Item): item is ImagePayload => 'kind' in item;

function imagesWork(
  codec: ImagesCodec,
  { settings: { labels } }: ModelVersion,
  items: readonly Item[],
  { several, explains = false }: ImagesRequest,
): Work {
  const payloads = items.filter(isPayload);
  return {
    payloads,
    places: items.every(isPayload)
      ? undefined
      : items.flatMap((item, place) => (isPayload(item) ? [place] : [])),
    // What an explanation says depends on more than the image: such an answer has no tag.
    variant: explains ? undefined : `${several} ${items.length}`,
    explains: explains ? payloads[0] : undefined,
    // When all images failed, the request fails with the status of the first.
    failure(outcomes) {
      const results = inPlace(items, outcomes);
      return results.some(succeeded) ? undefined : (results[0] as Failure);
    },
    answer(outcomes, facts, why) {
      const results = inPlace(items, outcomes);
      const done = results.filter(succeeded);
      const scores = done.filter((result) => result.kind === 'classes');
      const suspect = results.flatMap((result, index) => ('suspect' in result ? [index] : []));
      return {
        contentType: 'application/json',
        body: codec.encode(results.map(readable), several, facts, why),
        succeeded: done.length,
        failed: results.length - done.length,
        ...(suspect.length > 0 && { suspect, headers: [['x-suspect-images', suspect.join(', ')]] as const }),
        best: scores.map(({ classes, probabilities }) => ({
          label: labels?.[classes[0]!] ?? String(classes[0]),
          probability: probabilities[0]!,
        })),
      };
    },
  };
}

/** Returns the bytes of every image, or the failure. Fetches run in parallel and are aborted when the exchange ends. */
async function fetchAll(
  exchange: Exchange,
  images: readonly ImageSource[],
  permit: Permit,
  stages: PredictStages,
): Promise<readonly (Uint8Array | Failure)[]> {
  if (images.every((image) => image.kind === 'bytes')) return images.map((image) => image.bytes);
  const gone = new AbortController();
  exchange.onEnd(() => gone.abort());
  return Promise.all(
    images.map(async (image) => {
      if (image.kind === 'bytes') return image.bytes;
      try {
        const bytes = await stages.fetchImage(image.url, gone.signal);
        permit.demand(bytes.byteLength);
        return bytes;
      } catch (error) {
        if (!(error instanceof ServingError)) throw error;
        stages.urlRefused(exchange.head.requestId, error);
        return { code: error.code, detail: error.message };
      }
    }),
  );
}

/** Refuses, by its header, what is not an image or has too many pixels, before memory is allocated for it. */
export function payloadOf(bytes: Uint8Array, topK: number | undefined, maxImagePixels: number): Item {
  const header = readImageHeader(bytes);
  if ('code' in header) return header;
  return refuseLarge(header, maxImagePixels) ?? { kind: 'image', rows: 1, bytes, header, topK };
}

/** Merges the outcomes of the submitted images with the failures of those refused before, in request order. */
function inPlace(items: readonly Item[], outcomes: readonly EntryOutcome[]): ImageResult[] {
  let next = 0;
  return items.map((item) => {
    if (!isPayload(item)) return item;
    const outcome = outcomes[next++]!;
    return isDone(outcome) ? outcome.result : failureOf(outcome);
  });
}

/** The result for the client: details of internal errors are only logged. */
function readable(result: ImageResult): ImageResult {
  if (succeeded(result)) return result;
  return { code: result.code, detail: toServingError(result).message };
}
