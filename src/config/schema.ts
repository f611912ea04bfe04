/**
 * Every option of the server, once: type, range, default, unit and what it is for. The flag, the environment
 * name, the error texts, --help and docs/configuration.md are made from this table. Nothing reads the
 * environment anywhere else.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { rowOf, type OptionNotes } from './option-notes.ts';
import { TRACING_OPTIONS } from './tracing-options.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

/** A JSON body becomes one string, and V8 holds no string of 512 MiB. */
const MAX_JSON_BYTES = 256 * MiB;
const HOUR_MS = 3_600_000;

const server = rowOf('Server');
const models = rowOf('Models');
const scheduling = rowOf('Scheduling');
const limit = rowOf('Limits');
const url = rowOf('Images by URL');
const logging = rowOf('Logging');

const BYTES = { unit: 'bytes' } as const;
const MS = { unit: 'milliseconds' } as const;

export const OPTIONS = {
  host: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    ...server(
      'Address to listen on. The default is reachable from this machine only; 0.0.0.0 takes requests from everywhere.',
    ),
  }),
  port: Type.Integer({
    default: 8000,
    minimum: 0,
    maximum: 65535,
    ...server('Port to listen on. 0 takes any free one, which the log names.'),
  }),
  corsOrigins: Type.Array(Type.String({ pattern: '^(\\*|https?://[^/\\s,]+)$' }), {
    default: [],
    ...server(
      'Web origins whose pages may call the server, or * for all. Empty: browsers refuse other sites’ pages.',
      { accepts: 'a list of origins such as https://example.com, or *' },
    ),
  }),
  cacheDir: Type.String({
    minLength: 1,
    ...server(
      'Folder for what can be made again: the relinked HTTP addon, measured costs, compiled models. Nothing depends on it being kept.',
      { otherwise: 'the user’s cache folder', path: true },
    ),
  }),
  drainDeadlineMs: Type.Integer({
    default: 25_000,
    minimum: 0,
    maximum: HOUR_MS,
    ...server(
      'How long a shutdown may take to finish accepted work; past it the process ends with what it has. Keep it below the supervisor’s own grace period (Kubernetes: 30 s).',
      MS,
    ),
  }),
  wedgedAfterMs: Type.Integer({
    default: 30_000,
    minimum: 1000,
    maximum: HOUR_MS,
    ...server(
      'A batch that runs longer than this, and than 20 times its prediction, makes liveness fail, so that the supervisor restarts the process. Raise it for models that need many seconds.',
      MS,
    ),
  }),
  metricsCompat: Type.Enum(['none', 'triton'], {
    default: 'none',
    ...server(
      'Whose names /metrics has beside its own: triton adds the nv_inference counters of NVIDIA Triton, for dashboards that ask for them.',
    ),
  }),
  models: Type.String({
    default: './models',
    minLength: 1,
    ...models('Folder of the models, as <name>/<version>/model.onnx beside <name>/model.json.', {
      path: true,
    }),
  }),
  defaultModel: Type.String({
    pattern: '^[A-Za-z0-9][\\w.-]{0,63}$',
    ...models('Model that answers /v1/predict and decides over /health.', {
      otherwise: 'the only one, else efficientnet-lite0',
      accepts: 'the name of a model',
    }),
  }),
  device: Type.Enum(['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'webgpu'], {
    default: 'cpu',
    ...models('Where models run: the execution provider of onnxruntime.'),
  }),
  deviceFallback: Type.Enum(['error', 'cpu'], {
    default: 'error',
    ...models(
      'What happens when the device is not there: refuse to start, or run on the CPU and say so in the log and in /health.',
    ),
  }),
  workers: Type.Integer({
    minimum: 1,
    maximum: 1024,
    ...models(
      'Worker threads; each decodes and runs one batch at a time and holds every model once. More than the cores makes every answer slower.',
      { otherwise: 'usable cores' },
    ),
  }),
  decoder: Type.Enum(['turbo', 'exact'], {
    default: 'turbo',
    ...models(
      'How images are decoded: turbo gives PIL’s pixels bit for bit, but decodes JPEGs of four times the model’s size and more at a reduced size; exact never does, which costs tens of milliseconds for a large one.',
    ),
  }),
  sloP99Ms: Type.Number({
    default: 200,
    minimum: 1,
    maximum: HOUR_MS,
    ...scheduling(
      'Latency objective: what the 99th percentile of an answer may take, waiting included. Batch size, queue length and admission follow from it; a request that would come later is refused at once. model.json may set another for one model.',
      MS,
    ),
  }),
  wideThreads: Type.Integer({
    minimum: 1,
    maximum: 1024,
    ...scheduling(
      'Threads of the wide sessions, which answer a request that finds the server idle sooner than one thread would. 1 does without them and saves their memory.',
      { otherwise: 'workers, at most the usable cores' },
    ),
  }),
  prefetchUnderMs: Type.Number({
    default: 50,
    minimum: 0,
    maximum: 10_000,
    ...scheduling(
      'A busy worker is given its next batch early only when its running one is predicted to end within this. 0 keeps batches with the batcher, free to go to whichever worker is first.',
      MS,
    ),
  }),
  topK: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 100_000,
    ...models('Classes in an answer when the request does not say top_k; never more than the model has.'),
  }),
  maxBodyBytes: Type.Integer({
    default: 20 * MiB,
    minimum: KiB,
    maximum: GiB,
    ...limit(
      'Largest body of images or tensors; a larger one is answered 413 before it is read. Choose the largest upload that clients need.',
      BYTES,
    ),
  }),
  maxJsonBytes: Type.Integer({
    default: 28 * MiB,
    minimum: KiB,
    maximum: MAX_JSON_BYTES,
    ...limit(
      'Largest JSON body; a larger one is answered 413. Base64 adds a third to an image, and JSON is parsed on the thread that serves everyone.',
      BYTES,
    ),
  }),
  maxInFlightBytes: Type.Integer({
    minimum: KiB,
    maximum: Number.MAX_SAFE_INTEGER,
    ...limit(
      'Bytes of all bodies that are being read or queued; beyond it requests get 503 OVERLOADED. It must hold at least one body of the largest size.',
      { ...BYTES, otherwise: 'a quarter of the memory limit, at most 512 MiB' },
    ),
  }),
  maxImagePixels: Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    ...limit(
      'Largest image, in pixels, judged from its header; a larger one is answered 413 and never decoded. A decoded pixel takes 3 to 8 bytes in each worker.',
      { otherwise: 'what a quarter of the memory limit holds, shared by the workers, at most 50,000,000' },
    ),
  }),
  maxImagesPerRequest: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 1024,
    ...limit('Most images in one request; more are answered 413.'),
  }),
  maxQueueRows: Type.Integer({
    default: 1024,
    minimum: 1,
    maximum: 1_000_000,
    ...limit(
      'Rows that may wait for one model; when they do, requests get 503 QUEUE_FULL with Retry-After. Short queues fail fast, long ones ride out bursts.',
    ),
  }),
  maxTimeoutMs: Type.Integer({
    default: 30_000,
    minimum: 1,
    maximum: HOUR_MS,
    ...limit(
      'Longest deadline of a request, and the one it has without x-request-timeout-ms; past it the answer is 504.',
      MS,
    ),
  }),
  urlFetch: Type.Enum(['public', 'off'], {
    default: 'public',
    ...url(
      'Whether requests may name an image by URL: public fetches from public addresses only, off refuses every URL.',
    ),
  }),
  urlAllow: Type.Array(Type.String({ pattern: '^[^\\s,/@]+$' }), {
    default: [],
    ...url('Hosts that images may come from; all others are refused. Empty: any public host.', {
      accepts: 'a list of host names without scheme or path',
    }),
  }),
  urlTimeoutMs: Type.Integer({
    default: 5000,
    minimum: 1,
    maximum: 600_000,
    ...url('Longest fetch of one image, redirects included; past it the answer is 504 URL_TIMEOUT.', MS),
  }),
  urlMaxBytes: Type.Integer({
    minimum: KiB,
    maximum: GiB,
    ...url('Largest image taken from a URL; a larger one is refused while it is being read.', {
      ...BYTES,
      otherwise: 'maxBodyBytes',
    }),
  }),
  urlConcurrency: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 1024,
    ...url(
      'Fetches at the same time; further requests with a URL wait for one to end, within their deadline.',
    ),
  }),
  logLevel: Type.Enum(['DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'], {
    default: 'INFO',
    ...logging('Least important level that is logged.'),
  }),
  logSample: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...logging(
      'Share of successful requests that get a log line; failures always do. Lower it when a sample is enough.',
    ),
  }),
  logMaxPerSecond: Type.Integer({
    default: 100,
    minimum: 0,
    maximum: 1_000_000,
    ...logging(
      'Most lines a second about successful requests, so that a fast model does not drown in its log; the next line says how many were left out as suppressed. Failures are always logged, and at DEBUG everything is.',
    ),
  }),
  logLevelRoute: Type.Enum(['off', 'loopback'], {
    default: 'off',
    ...logging(
      'Whether PUT /debug/log-level?level=DEBUG changes logLevel: for nobody, or for connections from this machine. Leave it off behind a proxy on the same machine, from which every connection seems to come. SIGUSR2 turns DEBUG on and off in any case.',
    ),
  }),
  ...TRACING_OPTIONS,
} as const satisfies Record<string, TSchema>;

export type OptionName = keyof typeof OPTIONS;
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** The resolved options: paths are absolute, computed defaults filled in. */
export type Config = Readonly<
  {
    [Name in Exclude<OptionName, 'defaultModel' | 'tracingEndpoint'>]: Readonly<
      Static<(typeof OPTIONS)[Name]>
    >;
  } & {
    /** Undefined: choose among the models that are there. */
    defaultModel: string | undefined;
    /** Undefined: nothing is traced. */
    tracingEndpoint: string | undefined;
  }
>;

/** One row of the table as plain facts, for the code that treats all options alike. */
export interface OptionFacts extends OptionNotes {
  readonly description: string;
  readonly type?: 'string' | 'integer' | 'number' | 'array';
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
}

export const factsOf = (name: OptionName): OptionFacts => OPTIONS[name] as unknown as OptionFacts;
