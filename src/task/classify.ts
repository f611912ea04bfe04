/** Images to classes: the part of the request path for models that declare image preprocessing. */
import type { Permit } from '../admission/budget.ts';
import type { EntryOutcome, Payload } from '../batcher/entry.ts';
import { ServingError, toServingError, type Failure } from '../errors.ts';
import { readImageHeader } from '../image/header.ts';
import { refuseLarge } from '../image/limits.ts';
import type { Classes } from '../thread/messages.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import { decodeImageBody } from '../protocol/v1/codec/image.ts';
import { decodeJsonImages } from '../protocol/v1/codec/json.ts';
import { decodeMultipart } from '../protocol/v1/codec/multipart.ts';
import { encodeOne, encodeSeveral } from '../protocol/v1/codec/predictions.ts';
import type { ClassifyRequest, ImageSource } from '../protocol/v1/codec/request.ts';
import type { Exchange } from '../http/exchange.ts';
import type { PredictStages, ReadBody } from './stages.ts';
import { failureOf, submit } from './submit.ts';
import { journeyOf, serverTiming } from './timings.ts';

type Item = { readonly payload: Payload } | Failure;

export async function classify(
  exchange: Exchange,
  model: ModelVersion,
  body: ReadBody,
  queryTopK: number | undefined,
  stages: PredictStages,
): Promise<void> {
  const request = decode(body, exchange.head.contentType, model, stages);
  const topK = queryTopK ?? request.topK ?? Math.min(stages.defaultTopK, model.classes);
  const sources = await fetchAll(exchange, request.images, body.permit, stages);
  if (exchange.ended) return; // Nobody waits: what was fetched or sent is not worth a decode.
  const items = sources.map((source) =>
    source instanceof Uint8Array ? admitImage(source, topK, stages) : source,
  );
  const payloads = items.flatMap((item) => ('payload' in item ? [item.payload] : []));
  const outcomes = payloads.length === 0 ? [] : await submit(exchange, model, payloads, stages);
  if (exchange.ended) return;
  answer(exchange, model, body, request.several, inPlace(items, outcomes));
}

function decode(
  { bytes, kind }: ReadBody,
  contentType: string,
  model: ModelVersion,
  stages: PredictStages,
): ClassifyRequest {
  const limits = { maxImages: stages.maxImagesPerRequest, classes: model.classes };
  if (kind === 'json') return decodeJsonImages(bytes, limits);
  if (kind === 'multipart') return decodeMultipart(bytes, contentType, limits);
  return decodeImageBody(bytes);
}

/** Bytes of every image, or why there are none. Fetches run side by side and end with the exchange. */
async function fetchAll(
  exchange: Exchange,
  images: readonly ImageSource[],
  permit: Permit,
  stages: PredictStages,
): Promise<readonly (Uint8Array | Failure)[]> {
  if (images.every((image) => image.kind === 'bytes')) return images.map((image) => image.bytes);
  const gone = new AbortController();
  exchange.onEnd(() => gone.abort());
  const fromMs = exchange.elapsedMs;
  const fetched = await Promise.all(
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
  if (exchange.trace !== undefined) exchange.trace.fetched = { fromMs, untilMs: exchange.elapsedMs };
  return fetched;
}

/** Refuses by the header alone what is no image or has too many pixels, before any memory is spent on it. */
function admitImage(bytes: Uint8Array, topK: number, { maxImagePixels }: PredictStages): Item {
  const header = readImageHeader(bytes);
  if ('code' in header) return header;
  const tooLarge = refuseLarge(header, maxImagePixels);
  if (tooLarge !== undefined) return tooLarge;
  return { payload: { kind: 'image', bytes, header, topK } };
}

/** Puts the outcomes of the images that were submitted back among those that were refused before. */
function inPlace(
  items: readonly Item[],
  outcomes: readonly EntryOutcome[],
): readonly (EntryOutcome | Failure)[] {
  let next = 0;
  return items.map((item) => ('payload' in item ? outcomes[next++]! : item));
}

type Done = Extract<EntryOutcome, { kind: 'done' }>;

const isDone = (outcome: EntryOutcome | Failure): outcome is Done =>
  'kind' in outcome && outcome.kind === 'done';

const reasonOf = (outcome: Exclude<EntryOutcome, Done> | Failure): Failure =>
  'kind' in outcome ? failureOf(outcome) : outcome;

/** What a client is told: the detail of a fault of ours is for the log. */
function toldOf(outcome: Exclude<EntryOutcome, Done> | Failure): Failure {
  const failure = reasonOf(outcome);
  return { code: failure.code, detail: toServingError(failure).message };
}

function answer(
  exchange: Exchange,
  model: ModelVersion,
  { readMs }: ReadBody,
  several: boolean,
  outcomes: readonly (EntryOutcome | Failure)[],
): void {
  const done = outcomes.filter(isDone);
  // One image that failed, or all of several, is an error answer with the status of the first.
  const [first] = outcomes;
  if (done.length === 0 && first !== undefined && !isDone(first)) throw toServingError(reasonOf(first));
  const { labels } = model.settings;
  const journey = journeyOf(done, readMs, exchange.elapsedMs);
  const facts = {
    requestId: exchange.head.requestId,
    model: { name: model.name, version: model.version },
    ...journey,
  };
  const scores = done.map(({ result }) => result as Classes);
  const body = several
    ? encodeSeveral(
        facts,
        labels,
        outcomes.map((outcome) => (isDone(outcome) ? (outcome.result as Classes) : toldOf(outcome))),
      )
    : encodeOne(facts, labels, scores[0]!);
  exchange.answer({
    contentType: 'application/json',
    body,
    headers: [serverTiming(journey)],
    prediction: {
      model: model.name,
      version: model.version,
      succeeded: done.length,
      failed: outcomes.length - done.length,
      stages: journey.timings,
      best: scores.map(({ classes, probabilities }) => ({
        label: labels?.[classes[0]!] ?? String(classes[0]),
        probability: probabilities[0]!,
      })),
    },
  });
}
