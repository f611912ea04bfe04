/** How the infer routes read a request, and which kind of work it is. The rest is the pipeline's. */
import type { Permit } from '../../admission/budget.ts';
import type { Priority } from '../../batcher/entry.ts';
import type { RequestHead } from '../../http/head.ts';
import type { ModelVersion, Signature } from '../../serving/model-version.ts';
import { imageOutputsWork } from '../../task/image-outputs.ts';
import type { PredictStages } from '../../task/stages.ts';
import type { Plan, Work } from '../../task/task.ts';
import { tensorsTask, type TensorsCodec } from '../../task/tensors.ts';
import { elementsOf } from '../../tensor/tensor.ts';
import { inSlices } from '../../slices.ts';
import { encodeAnswer, requireWritable } from './codec/answer/answer.ts';
import { classified } from './codec/answer/classification.ts';
import { isRaw, requireHeaderLength } from './codec/framing.ts';
import { imagesIn, isImage, type GivenImages } from './codec/request/images.ts';
import { decodeInfer, rawRequest, type InferRequest } from './codec/request/request.ts';
import type { WantedOutput } from './codec/request/wanted.ts';
import { JSON_COPIES } from '../json-text.ts';
import { hasBatchAxis } from './facts.ts';

export interface InferLimits {
  readonly maxBodyBytes: number;
  readonly maxJsonBytes: number;
  readonly maxImagesPerRequest: number;
}

/** What the infer routes need: the pipeline's stages, and the limits of their own codecs. */
export interface InferSettings extends PredictStages, InferLimits {}

/** @throws ServingError BAD_HEADER */
export function planOf(head: RequestHead, version: ModelVersion, settings: InferSettings): Plan {
  const { inferenceHeaderLength } = head;
  requireHeaderLength(inferenceHeaderLength);
  return {
    timeoutMs: undefined, // The body may name one.
    maxBytes: inferenceHeaderLength === '' ? settings.maxJsonBytes : settings.maxBodyBytes,
    copies: 1 + (JSON_COPIES - 1) * jsonShare(head),
    open: () => ({ decode: (body, permit) => workOf(body, permit, head, version, settings) }),
  };
}

/** The part of the body that is JSON: all of it without the header that says where the JSON ends. */
function jsonShare({ inferenceHeaderLength, contentLength = 0 }: RequestHead): number {
  const jsonBytes = inferenceHeaderLength === '' ? Infinity : Number(inferenceHeaderLength);
  return jsonBytes === 0 ? 0 : Math.min(1, jsonBytes / contentLength);
}

/** Levels beyond those that there are count as the last. */
const LEVELS: readonly Priority[] = ['normal', 'high', 'normal', 'low'];

async function workOf(
  body: Buffer,
  permit: Permit,
  { inferenceHeaderLength }: RequestHead,
  version: ModelVersion,
  settings: InferSettings,
): Promise<Work> {
  const signature = version.signature!;
  const takesImages = version.settings.preprocess !== undefined;
  if (takesImages && isRaw(inferenceHeaderLength) && isImage(body)) {
    const request = rawRequest([], signature);
    return imagesWork({ images: [body], pointer: undefined }, request, version, settings);
  }
  const request = decodeInfer(body, inferenceHeaderLength, signature);
  const images = takesImages
    ? imagesIn(request.inputs, signature.inputs, settings.maxImagesPerRequest)
    : undefined;
  const orders = {
    timeoutMs: request.timeoutMs,
    priority: LEVELS[Math.min(request.priority, LEVELS.length - 1)]!,
  };
  if (images !== undefined) return { ...imagesWork(images, request, version, settings), ...orders };
  const work = await tensorsTask(codecOf(request, version), version, settings).decode(body, permit);
  return { ...work, ...orders };
}

function imagesWork(
  { images, pointer }: GivenImages,
  request: InferRequest,
  version: ModelVersion,
  settings: InferSettings,
): Work {
  const codec = codecOf(request, version);
  codec.requireEncodable(images.length, version.signature!);
  return imageOutputsWork(images, pointer, codec, version, settings);
}

/** For a request that has been decoded already. */
function codecOf(
  { id, inputs, outputs: wanted }: InferRequest,
  { signature, settings: { labels } }: ModelVersion,
): TensorsCodec & Required<Pick<TensorsCodec, 'requireEncodable'>> {
  return {
    variant: JSON.stringify([id, wanted.map(({ spec, binary, classes }) => [spec.name, binary, classes])]),
    decode: () => ({ inputs }),
    requireEncodable: (rows) => requireWritable(wanted.reduce((sum, one) => sum + valuesOf(one, rows), 0)),
    encode({ outputs }, { model }) {
      const byRow = hasBatchAxis(signature as Signature);
      const chosen = wanted.map(({ spec, binary, classes }) => {
        const tensor = outputs.find(({ name }) => name === spec.name)!;
        return {
          binary,
          tensor: classes === undefined ? tensor : classified(tensor, classes, byRow, labels),
        };
      });
      return inSlices(encodeAnswer({ id, model }, chosen));
    },
  };
}

/**
 * Values of an output in JSON, at least: an axis that is open has `rows` if it is the first, and else 1 or more. It may have
 * fewer classes than are asked for.
 */
function valuesOf({ spec: { shape }, binary, classes }: WantedOutput, rows: number): number {
  if (binary) return 0;
  const elements = elementsOf(shape.map((length, axis) => (length >= 0 ? length : axis === 0 ? rows : 1)));
  return classes === undefined ? elements : Math.min(classes, elements);
}
