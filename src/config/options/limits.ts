/** Options that bound what requests may cost: bytes, pixels, images, rows, time. */
import Type from 'typebox';
import { about, BYTES, GiB, HOUR_MS, KiB, MiB, MS, type StartFacts } from '../option.ts';

/** A JSON body becomes one string, and V8 holds no string of 512 MiB. */
const MAX_JSON_BYTES = 256 * MiB;

const MAX_IN_FLIGHT_DEFAULT = 512 * MiB;
/** 8700 x 5800; more than any camera of today gives. */
const MAX_PIXELS_DEFAULT = 50_000_000;

/** Measured: decoding a 7000 x 7000 RGB PNG of 160 kB took 305 MiB more for a moment. */
const BYTES_PER_PIXEL = 6.5;

export const LIMITS = {
  maxHeaderBytes: Type.Integer({
    minimum: KiB,
    maximum: MiB,
    ...about(
      'Largest head of a request, its line and its headers; a larger one gets 431, as does one of more than 98 headers. Each connection may take as much while its head comes.',
      { ...BYTES, computed: headerBytes, otherwise: '16 KiB' },
    ),
  }),
  maxBodyBytes: Type.Integer({
    default: 20 * MiB,
    minimum: KiB,
    maximum: GiB,
    ...about(
      'Largest body of images or tensors; a larger one gets 413 before it is read. Choose the largest upload that clients need.',
      BYTES,
    ),
  }),
  maxJsonBytes: Type.Integer({
    default: 28 * MiB,
    minimum: KiB,
    maximum: MAX_JSON_BYTES,
    ...about(
      'Largest JSON body; a larger one gets 413. Base64 adds a third to an image, and JSON is parsed on the thread that serves all requests.',
      BYTES,
    ),
  }),
  maxInFlightBytes: Type.Integer({
    minimum: KiB,
    maximum: Number.MAX_SAFE_INTEGER,
    ...about(
      'Bytes of all bodies that are being read or queued, as far as they have arrived, of the copies that decoding makes, and of answers that are not read; beyond this, requests get 503 OVERLOADED. At least the largest body that is allowed.',
      { ...BYTES, computed: inFlightBytes, otherwise: 'a quarter of the memory limit, at most 512 MiB' },
    ),
  }),
  maxImagePixels: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    ...about(
      'Largest image in pixels, by its header; a larger one gets 413 and is not decoded. A decoded pixel takes 3 to 8 bytes in each worker.',
      {
        computed: imagePixels,
        otherwise: 'what a quarter of the memory limit holds, shared by the workers, at most 50,000,000',
      },
    ),
  }),
  maxImagesPerRequest: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 1024,
    ...about('Most images in one request; more get 413.'),
  }),
  maxQueueRows: Type.Integer({
    default: 1024,
    minimum: 1,
    maximum: 1_000_000,
    ...about(
      'Most rows that wait for one model; beyond this, requests get 503 QUEUE_FULL with Retry-After. A short queue fails fast, a long one absorbs bursts.',
    ),
  }),
  explainRows: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1024,
    ...about(
      'Most rows of one explanation, `?explain=occlusion`: the model runs as many occluded copies of the image, in the largest square grid that they fill. 49: 7 x 7 cells. 0: no answer is explained.',
    ),
  }),
  modelMemoryBytes: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1024 * GiB,
    ...about(
      'Memory that loaded models may take together, as measured when each is loaded; 0: no limit. A model that does not fit is unavailable, unless models with "residency": "on-demand" make room: the least recently used are unloaded, and loaded again by the next request for them.',
      BYTES,
    ),
  }),
  answerCacheBytes: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1024 * GiB,
    ...about(
      'Memory for results that are kept, so that the same image or tensor is run once; the least recently used leave first, and at most a million are kept. 0: none are kept, and equal requests run each by itself.',
      BYTES,
    ),
  }),
  maxTimeoutMs: Type.Integer({
    default: 30_000,
    minimum: 1,
    maximum: HOUR_MS,
    ...about(
      'Longest deadline of a request, and the deadline without x-request-timeout-ms; after it the answer is 504.',
      MS,
    ),
  }),
} as const;

/** By the addon's own variable where it is set, as it was before there was an option. */
function headerBytes({ env }: StartFacts): number {
  const bytes = Number(env['UWS_HTTP_MAX_HEADERS_SIZE']);
  return Number.isInteger(bytes) && bytes >= KiB && bytes <= MiB ? bytes : 16 * KiB;
}

/** However small the machine is, the largest body that is allowed must fit. */
function inFlightBytes({ machine, valueOf }: StartFacts): number {
  const largestBody = Math.max(Number(valueOf('maxBodyBytes')), Number(valueOf('maxJsonBytes')));
  return Math.max(Math.min(quarterOf(machine), MAX_IN_FLIGHT_DEFAULT), largestBody);
}

function imagePixels({ machine, valueOf }: StartFacts): number {
  const pixels = Math.floor(quarterOf(machine) / Number(valueOf('workers')) / BYTES_PER_PIXEL);
  return Math.max(1, Math.min(pixels, MAX_PIXELS_DEFAULT));
}

const quarterOf = ({ memoryBytes }: StartFacts['machine']): number => Math.floor(memoryBytes / 4);
