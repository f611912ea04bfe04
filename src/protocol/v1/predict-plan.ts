/** How the predict routes read a request, and which kind of work a model takes. The rest is the pipeline's. */
import { ServingError } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { RequestHead } from '../../http/head.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import { imagesTask, type ImagesCodec } from '../../task/images.ts';
import type { PredictStages } from '../../task/stages.ts';
import type { Plan } from '../../task/task.ts';
import { tensorsTask, type TensorsCodec } from '../../task/tensors.ts';
import { decodeImageBody } from './codec/images/image.ts';
import { decodeJsonImages } from './codec/images/json.ts';
import { bodyKindOf, type BodyKind } from './codec/media-type.ts';
import { decodeMultipart } from './codec/images/multipart.ts';
import { encodeJsonTensors, wantsRawRows } from './codec/tensors/outputs.ts';
import { encodeOne, encodeSeveral } from './codec/images/predictions.ts';
import { decodeQuery, decodeTimeout } from './codec/query.ts';
import type { ClassifyRequest } from './codec/images/request.ts';
import { decodeJsonTensors, decodeRawRows } from './codec/tensors/tensors.ts';

export interface PredictLimits {
  readonly maxBodyBytes: number;
  readonly maxJsonBytes: number;
  readonly maxImagesPerRequest: number;
  readonly defaultTopK: number;
}

/** What the predict routes need: the pipeline's stages, and the limits of their own codecs. */
export interface PredictSettings extends PredictStages, PredictLimits {}

/** @throws ServingError UNSUPPORTED_MEDIA_TYPE, or BAD_QUERY for a timeout that is none */
export function planOf(exchange: Exchange, version: ModelVersion, settings: PredictSettings): Plan {
  const { head } = exchange;
  const takesImages = version.settings.preprocess !== undefined;
  const kind = bodyKindOf(head.contentType);
  if (kind === 'multipart' && !takesImages) {
    const message = `Model ${version.name} takes rows: send application/octet-stream or application/json.`;
    throw new ServingError('UNSUPPORTED_MEDIA_TYPE', message);
  }
  return {
    timeoutMs: decodeTimeout(head.query),
    maxBytes: maxBodyBytes(kind, takesImages, settings),
    open() {
      const { topK } = decodeQuery(head.query, takesImages ? version.classes : undefined);
      return takesImages
        ? imagesTask(imagesCodec(kind, head, topK, version, settings), exchange, version, settings)
        : tensorsTask(tensorsCodec(kind, head.accept), version, settings);
    },
  };
}

/**
 * JSON lists of numbers are parsed on the thread that serves everyone, at some 100 ms a megabyte: rows in bulk
 * go as raw bytes.
 */
const MAX_JSON_ROWS_BYTES = 1024 * 1024;

function maxBodyBytes(kind: BodyKind, takesImages: boolean, limits: PredictLimits): number {
  if (kind !== 'json') return limits.maxBodyBytes;
  return takesImages ? limits.maxJsonBytes : Math.min(limits.maxJsonBytes, MAX_JSON_ROWS_BYTES);
}

function imagesCodec(
  kind: BodyKind,
  { contentType }: RequestHead,
  queryTopK: number | undefined,
  { classes, settings: { labels } }: ModelVersion,
  { maxImagesPerRequest, defaultTopK }: PredictSettings,
): ImagesCodec {
  const limits = { maxImages: maxImagesPerRequest, classes };
  const decode = (body: Buffer): ClassifyRequest => {
    if (kind === 'json') return decodeJsonImages(body, limits);
    return kind === 'multipart' ? decodeMultipart(body, contentType, limits) : decodeImageBody(body);
  };
  return {
    decode(body) {
      const { images, several, topK } = decode(body);
      return { images, several, topK: queryTopK ?? topK ?? Math.min(defaultTopK, classes) };
    },
    encode(results, several, facts) {
      if (several) return encodeSeveral(facts, labels, results);
      const [first] = results;
      if (first === undefined || 'code' in first)
        throw new Error('This is a bug: one image without classes.');
      return encodeOne(facts, labels, first);
    },
  };
}

const tensorsCodec = (kind: BodyKind, accept: string): TensorsCodec => ({
  decode(body, inputs) {
    if (kind === 'json') return decodeJsonTensors(body, inputs);
    if (inputs.length === 1) return decodeRawRows(body, inputs[0]!);
    const names = inputs.map(({ name }) => name).join(', ');
    throw new ServingError('BAD_SHAPE', `The model has the inputs ${names}: name them in a JSON body.`);
  },
  writesJson: (outputs) => !wantsRawRows(accept, outputs),
  encode({ specs, outputs, rows }, facts) {
    return wantsRawRows(accept, specs)
      ? { contentType: 'application/octet-stream', body: new Uint8Array(outputs[0]!) }
      : { contentType: 'application/json', body: encodeJsonTensors(facts, specs, outputs, rows) };
  },
});
