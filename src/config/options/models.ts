/** Options of models: which, where they run, and on how many threads. */
import Type from 'typebox';
import { DEVICE_NAMES, DEVICE_PATTERN } from '../../thread/device.ts';
import { about, HOUR_MS, MS } from '../option.ts';

export const MODELS = {
  models: Type.String({
    default: './models',
    minLength: 1,
    ...about('Folder of the models, as <name>/<version>/model.onnx beside <name>/model.json.', {
      path: true,
    }),
  }),
  defaultModel: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][\\w.-]{0,63}$',
      ...about('Model that answers /v1/predict; the server is ready when this model is.', {
        otherwise: 'the only one, else efficientnet-lite0',
        accepts: 'the name of a model',
      }),
    }),
  ),
  modelName: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9][\\w.-]{0,63}$',
      ...about(
        'Serves one model by this name, as KServe mounts it: the folder of the models is that of the model, with model.onnx or <version>/model.onnx in it, or holds the folder of one model, whatever its name. It answers /v1/predict.',
        { otherwise: 'models have the names of their folders', accepts: 'a name for the model' },
      ),
    }),
  ),
  modelControl: Type.Enum(['none', 'poll', 'explicit'], {
    default: 'none',
    ...about(
      'How models change while the server runs: none, not at all; poll, as their files do; explicit, by POST /v2/repository/models/<name>/load and /unload from this machine.',
    ),
  }),
  modelPollMs: Type.Integer({
    default: 15_000,
    minimum: 100,
    maximum: HOUR_MS,
    ...about(
      'With modelControl poll: how often to look at the models folder. What has changed is loaded once two looks in a row have found the same.',
      MS,
    ),
  }),
  loadAtStart: Type.Array(Type.String({ pattern: '^[A-Za-z0-9][\\w.-]{0,63}$' }), {
    default: [],
    ...about('Models to load at the start; the default model must be among them. Empty: all.', {
      accepts: 'a list of names of models',
    }),
  }),
  device: Type.String({
    default: 'cpu',
    pattern: DEVICE_PATTERN,
    ...about(
      'Where models run that do not say it in model.json: the execution provider of onnxruntime and, where a machine has several of a kind, its number: cuda:1.',
      { accepts: `one of ${DEVICE_NAMES}` },
    ),
  }),
  deviceFallback: Type.Enum(['error', 'cpu'], {
    default: 'error',
    ...about(
      'What happens when a device cannot be used, or is lost three times in a minute: error ends the start (later, its models answer 503 until the device is back), cpu runs the models on the CPU and reports it in the log and in /health.',
    ),
  }),
  graphRewrites: Type.Enum(['on', 'off'], {
    default: 'on',
    ...about(
      'Whether the graph of a model is made faster before onnxruntime optimises it, where the answers stay the same: casts and arithmetic on pixels are done by the thread that decodes. Each result is compared with the original when it is made; /v1/models says what was applied, or why not.',
    ),
  }),
  workers: Type.Integer({
    minimum: 1,
    maximum: 1024,
    ...about(
      'Worker threads; each decodes and runs one batch at a time and holds every model once. More workers than cores make every answer slower.',
      { computed: ({ machine }) => machine.cores, otherwise: 'usable cores' },
    ),
  }),
  decoder: Type.Enum(['turbo', 'exact'], {
    default: 'turbo',
    ...about(
      'How images are decoded. Both give PIL’s pixels bit for bit except for CMYK JPEGs and grey PNGs of 16 bits. But turbo decodes JPEGs of four times the model’s size and more at a reduced size; exact never does, which takes about 10 ms longer for 3 megapixels and 50 ms for 12.',
    ),
  }),
  trafficRoutes: Type.Enum(['off', 'loopback'], {
    default: 'off',
    ...about(
      'Whether PUT /v1/models/{model}/traffic, its steps and `ortolan models traffic` change which version answers: never, or for connections from this machine. Leave it off behind a proxy on the same machine, because all its connections are from this machine.',
    ),
  }),
  driftRoutes: Type.Enum(['off', 'loopback'], {
    default: 'off',
    ...about(
      'Whether POST /v1/models/{model}/drift/baseline makes the reference of drift, drift.json beside a version, of the traffic of that version: never, or for connections from this machine. Leave it off behind a proxy on the same machine, because all its connections are from this machine.',
    ),
  }),
  topK: Type.Integer({
    default: 5,
    minimum: 1,
    maximum: 100_000,
    ...about('Classes in an answer when the request has no top_k; never more than the model has.'),
  }),
} as const;
