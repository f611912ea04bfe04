/**
 * The schema of model.json, which lies beside the versions of a model. Nothing in it is required. docs/model-json.md is made
 * from it: `default` says what holds where a key is not written, `unit` what a number counts, `takes` what a schema cannot
 * say in a few words.
 */
import Type, { type Static } from 'typebox';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import { DEVICE_NAMES, DEVICE_PATTERN } from '../../thread/device.ts';
import { FeaturesSchema } from './features.ts';
import { closed, Preprocess } from './preprocess.ts';
import { TrafficSchema } from './traffic.ts';

/**
 * Upper limit of the rows of a batch where model.json sets none. Warm-up stops at the first size that does not pay, so a
 * model that gains nothing from batches never runs large ones.
 */
export const DEFAULT_MAX_BATCH_SIZE = 64;

const VERSION = '^[1-9][0-9]*$';
const version = { minimum: 1 } as const;

const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Lower-case hexadecimal digest.' });

const device = { pattern: DEVICE_PATTERN } as const;

const Tensor = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Its name in the ONNX graph.' }),
    datatype: Type.Enum([...DATATYPE_NAMES], {
      description: 'The type of its elements, by the name of the Open Inference Protocol.',
    }),
    shape: Type.Array(Type.Integer({ minimum: 1 }), {
      unit: 'elements',
      description:
        'The shape of one row, without the batch axis: `[]` for one number a row. Of a tensor without a batch axis, its ' +
        'whole shape.',
    }),
  },
  closed,
);

const Postprocess = Type.Object(
  {
    softmax: Type.Optional(
      Type.Boolean({
        default: 'for images `true`, else `false`',
        description:
          'Whether the scores go through a softmax to become probabilities. `false` where the graph ends in one.',
      }),
    ),
  },
  {
    ...closed,
    description:
      'From the first output, which is the score of each class, to the classes of an answer. Models that take tensors answer ' +
      'classes when they have this or `labels`.',
  },
);

const Source = Type.Object(
  {
    url: Type.String({ minLength: 1, description: 'Its address.' }),
    sha256: Type.Optional(sha256),
    bytes: Type.Optional(Type.Integer({ minimum: 1, unit: 'bytes', description: 'Its size.' })),
  },
  {
    ...closed,
    description: 'Where model.onnx of version 1 was downloaded from. For people; nothing is fetched.',
  },
);

const tolerance = (normal: number, description: string) =>
  Type.Optional(Type.Number({ minimum: 0, default: normal, description }));

/** Also in each golden sample. */
export const Tolerance = Type.Object(
  {
    absolute: tolerance(1e-3, 'Largest difference, whatever the size of the number.'),
    relative: tolerance(1e-3, 'Largest difference as a share of the expected number, added to `absolute`.'),
  },
  {
    ...closed,
    description:
      'How far answers may be from those of the golden samples in the folder `golden`: absolute + relative × |expected|. A ' +
      'sample may set its own. Integers, booleans and texts have to be equal.',
  },
);

export const ModelConfigSchema = Type.Object(
  {
    description: Type.Optional(
      Type.String({ description: 'A text for people, shown where models are listed.' }),
    ),
    inputs: Type.Optional(
      Type.Array(Tensor, {
        minItems: 1,
        default: 'all of the file',
        description:
          'The inputs, checked against the file when it is loaded. Needed only to fix lengths that the file leaves open.',
      }),
    ),
    outputs: Type.Optional(
      Type.Array(Tensor, {
        minItems: 1,
        default: 'all of the file',
        description: 'The outputs to compute and answer, in this order. Leave out those that nobody needs.',
      }),
    ),
    preprocess: Type.Optional(Preprocess),
    postprocess: Type.Optional(Postprocess),
    labels: Type.Optional(
      Type.String({
        minLength: 1,
        takes: 'the name of a file in the folder of the model',
        default: 'classes have no names',
        description:
          'A text file in UTF-8 with the names of the classes: one a line, in the order of the first output, as many as it has.',
      }),
    ),
    features: Type.Optional(FeaturesSchema),
    defaultVersion: Type.Optional(
      Type.Integer({
        ...version,
        default: 'the highest number that is served',
        description: 'The version that answers requests that name none.',
      }),
    ),
    versionLabels: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z][\\w.-]{0,63}$' }), Type.Integer(version), {
        ...closed,
        takes: 'version numbers by name: `{"stable": 1, "int8": 2}`',
        description: 'Names that stand for versions in requests.',
      }),
    ),
    versionPolicy: Type.Optional(
      Type.Union(
        [
          Type.Literal('all'),
          Type.Object({ latest: Type.Integer(version) }, closed),
          Type.Object(
            { specific: Type.Array(Type.Integer(version), { minItems: 1, uniqueItems: true }) },
            closed,
          ),
        ],
        {
          takes: '`"all"`, `{"latest": 2}` or `{"specific": [1, 3]}`',
          default: 'all',
          description:
            'Which of the versions on disk are served: all of them, the ones with the highest numbers, or those of a list.',
        },
      ),
    ),
    batching: Type.Optional(
      Type.Enum(['auto', 'always', 'never'], {
        default: 'auto',
        description:
          'Whether rows of different requests are run together. `auto`: where a row in a batch gives what it gives alone, ' +
          'which is tried when the model is loaded. `always` insists on it, although answers may then depend on strangers.',
      }),
    ),
    maxBatchSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 4096,
        unit: 'rows',
        default: DEFAULT_MAX_BATCH_SIZE,
        description:
          'Upper limit of a batch. The server finds the size that pays by itself, up to this one: lower it for memory, raise ' +
          'it for models that gain from very large batches.',
      }),
    ),
    maxQueueDelayMs: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 10_000,
        unit: 'milliseconds',
        default: 0,
        description: 'How long a request may wait for others to join its batch while a worker is idle.',
      }),
    ),
    sloP99Ms: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 3_600_000,
        unit: 'milliseconds',
        default: 'the option sloP99Ms',
        description:
          'Latency objective: the p99 of answers, from the body to the result. Batches are kept within half of it, and ' +
          'requests that cannot meet it are refused at once. More in [tuning](tuning.md).',
      }),
    ),
    priority: Type.Optional(
      Type.Enum(['high', 'normal', 'low'], {
        default: 'normal',
        description:
          'Its share of the workers while other models have work, too: a `high` one gets four times the worker time of a ' +
          '`normal` one, a `low` one a quarter. None gets nothing, and a run is never interrupted.',
      }),
    ),
    cores: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1024,
        unit: 'workers',
        default: 'all workers',
        description:
          'Most workers that run its batches at the same time. With fewer than there are, it never runs on several cores ' +
          'at once, and no batch is sent ahead to a busy worker beyond that number.',
      }),
    ),
    device: Type.Optional(
      Type.String({
        ...device,
        takes: `one of ${DEVICE_NAMES}`,
        default: 'the option device',
        description:
          'Where its versions run: the CPU, or a GPU by an execution provider of onnxruntime, and which one where there are ' +
          'several. More in [accelerators](accelerators.md).',
      }),
    ),
    devices: Type.Optional(
      Type.Record(Type.String({ pattern: VERSION }), Type.String(device), {
        ...closed,
        takes: 'devices by version number: `{"1": "cpu", "2": "webgpu"}`',
        description: 'Where single versions run instead.',
      }),
    ),
    deviceFallback: Type.Optional(
      Type.Enum(['error', 'cpu'], {
        default: 'the option deviceFallback',
        description:
          'What happens when its device cannot be used, or is lost again and again: `error`, it is unavailable; `cpu`, the CPU ' +
          'runs it.',
      }),
    ),
    isolation: Type.Optional(
      Type.Enum(['thread', 'process'], {
        default: 'thread',
        description:
          '`process`: each worker runs it in a process of its own, so that a crash of native code loses one batch of this model ' +
          'and nothing else. It costs memory for each worker, and time to copy its tensors: ' +
          '[models](models.md#a-process-of-its-own).',
      }),
    ),
    residency: Type.Optional(
      Type.Enum(['pinned', 'on-demand'], {
        default: 'pinned',
        description:
          '`pinned`: in memory from the start. `on-demand`: loaded by the first request, and unloaded when other models need ' +
          'the memory.',
      }),
    ),
    traffic: Type.Optional(TrafficSchema),
    golden: Type.Optional(Tolerance),
    sha256: Type.Optional(
      Type.Record(
        Type.String({ pattern: VERSION }),
        Type.Union([
          sha256,
          Type.Record(Type.String({ pattern: '^[^/].*$' }), sha256, { ...closed, minProperties: 1 }),
        ]),
        {
          ...closed,
          takes: '`{"1": "2871ca…"}`, or `{"1": {"model.onnx": "28…", "model.onnx.data": "9f…"}}`',
          default: 'nothing is compared',
          description:
            'The sha256 of model.onnx by version or, where weights lie in files beside it, of every file. A version with a ' +
            'file that differs or has no digest is not loaded.',
        },
      ),
    ),
    source: Type.Optional(Source),
  },
  closed,
);

export type ModelConfig = Readonly<Static<typeof ModelConfigSchema>>;
export type VersionPolicy = NonNullable<ModelConfig['versionPolicy']>;
