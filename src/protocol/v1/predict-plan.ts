/** How the predict routes read a request, and which kind of work a model takes. The rest is the pipeline's. */
import { ServingError, type Failure } from '../../errors.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { RequestHead } from '../../http/head.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import { imagesTask, type ImageResult, type ImagesCodec } from '../../task/images.ts';
import type { PredictStages } from '../../task/stages.ts';
import type { Plan } from '../../task/task.ts';
import { tensorsTask, type TensorsCodec } from '../../task/tensors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Classes } from '../../thread/messages.ts';
import { decodeImageBody } from './codec/images/image.ts';
import { decodeJsonImages } from './codec/images/json.ts';
import { JSON_COPIES } from '../json-text.ts';
import { bodyKindOf, type BodyKind } from './codec/media-type.ts';
import { decodeMultipart } from './codec/images/multipart.ts';
import { encodeRowClasses, requireClasses } from './codec/tensors/classes.ts';
import { inSlices, whenThere } from '../../slices.ts';
import { encodeJsonTensors, requireJson, wantsRawRows } from './codec/tensors/outputs.ts';
import { decodeRaw } from './codec/tensors/raw.ts';
import { encodeOne, encodeSeveral } from './codec/images/predictions.ts';
import { decodeQuery, decodeTimeout, type Query } from './codec/query.ts';
import type { ClassifyRequest } from './codec/images/request.ts';
import { decodeJsonTensors } from './codec/tensors/tensors.ts';

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
    copies: kind === 'json' ? JSON_COPIES : 1,
    open() {
      const classes = takesImages || version.settings.classifies ? version.classes : undefined;
      const explainRows = takesImages ? (settings.explanations?.rows ?? 0) : undefined;
      const query = decodeQuery(head.query, { classes, tensors: !takesImages, explainRows });
      return takesImages
        ? imagesTask(imagesCodec(kind, head, query, version, settings), exchange, version, settings)
        : tensorsTask(tensorsCodec(kind, head.accept, query, version, settings), version, settings, exchange);
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
  query: Query,
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
      const { explains } = query;
      if (explains && (several || images.length !== 1)) {
        const message = 'One image is explained at a time: send a single one, and not as a list.';
        throw new ServingError('BAD_QUERY', message, { pointer: '/explain' });
      }
      return { images, several, topK: query.topK ?? topK ?? Math.min(defaultTopK, classes), explains };
    },
    encode(results, several, facts, why) {
      const scores = results.map(classesIn);
      if (several) return encodeSeveral(facts, labels, scores);
      const [first] = scores;
      if (first === undefined || 'code' in first)
        throw new Error('This is a bug: one image without classes.');
      return encodeOne(facts, labels, first, why);
    },
  };
}

function classesIn(result: ImageResult): Classes | Failure {
  if ('code' in result || result.kind === 'classes') return result;
  throw new Error('This is a bug: outputs where classes were asked for.');
}

function tensorsCodec(
  kind: BodyKind,
  accept: string,
  query: Query,
  { classes, signature, source, settings: { classifies, softmax, labels } }: ModelVersion,
  { defaultTopK }: PredictSettings,
): TensorsCodec {
  const topK = query.topK ?? Math.min(defaultTopK, classes);
  const [scores] = signature!.outputs;
  const asClasses = classifies && (scores?.datatype === 'FP32' || scores?.datatype === 'FP64');
  const json = asClasses ? `top ${topK}` : 'json';
  return {
    variant: wantsRawRows(accept, signature!.outputs) ? 'raw' : json,
    decode: (body, { inputs }) =>
      kind === 'json'
        ? decodeJsonTensors(body, inputs, source?.entry.config.features)
        : decodeRaw(body, inputs, query),
    requireEncodable(rows, { outputs }) {
      if (wantsRawRows(accept, outputs)) return;
      if (asClasses) requireClasses(rows, outputs);
      else requireJson(rows, outputs);
    },
    encode({ outputs }, facts) {
      if (wantsRawRows(accept, outputs)) return raw(outputs[0]!);
      const body = asClasses
        ? encodeRowClasses(facts, outputs[0]!, { labels, softmax, topK })
        : inSlices(encodeJsonTensors(facts, outputs));
      return whenThere(body, (text) => ({ contentType: 'application/json', body: text }));
    },
  };
}

/** The elements of a tensor, with what they are in headers. */
const raw = ({ datatype, shape, data }: Tensor) => ({
  contentType: 'application/octet-stream',
  body: data,
  headers: [
    ['x-tensor-datatype', datatype],
    ['x-tensor-shape', shape.join()],
  ] as const,
});
