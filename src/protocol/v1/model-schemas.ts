/** Schemas of the models and their versions, and of what a batch costs. */
import Type from 'typebox';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import { VersionReport } from './version-report.ts';
import { Adapter, amount, batchRows, batchWidth, STATES, text } from '../schemas.ts';

const RunCost = Type.Object(
  {
    rows: batchRows,
    width: batchWidth,
    mean_ms: amount('Expected duration of the run, without decoding.'),
    p99_ms: amount('99th percentile.'),
    observed: Type.Integer({ minimum: 0, description: 'Runs observed; 0: known from the warm-up alone.' }),
  },
  { title: 'RunCost' },
);

export const Cost = Type.Object(
  {
    slo_p99_ms: amount('The latency objective.'),
    batch_cap: Type.Integer({
      minimum: 1,
      description: 'Rows of the largest batch that pays and fits the objective.',
    }),
    decode_ms: Type.Optional(amount('Recent time to decode, scale and crop an image.')),
    tail_ratio: amount('99th percentile over mean of the duration of batches.'),
    forecast_wait_ms: amount('How long a request that arrived now would wait for a worker.'),
    forecast_error_ratio: amount('99.5th percentile of the measured over the forecast time of requests.'),
    runs: Type.Array(RunCost),
  },
  { title: 'Cost', description: 'What a batch costs, as measured, and what follows from it.' },
);

const Tensor = Type.Object(
  {
    name: Type.String(),
    datatype: Type.Enum([...DATATYPE_NAMES]),
    shape: Type.Array(Type.Integer({ minimum: -1 }), {
      description: '-1: any length. Where requests are joined, the first axis is that of the rows.',
    }),
  },
  { title: 'Tensor' },
);

const Version = Type.Object(
  {
    version: Type.String(),
    labels: Type.Array(Type.String(), { description: 'Names that stand for this version in a path.' }),
    state: Type.Enum(STATES),
    reason: Type.Optional(text('Why it is unavailable.')),
    refused: Type.Optional(text('Why the files that lie in its place now are not served instead.')),
    takes: Type.Enum(['images', 'rows']),
    residency: Type.Enum(['pinned', 'on-demand'], {
      description:
        'on-demand: `waiting` until a request asks for it, and again when others have needed its memory.',
    }),
    memory_bytes: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'By how much the process has grown by loading it; at least the size of its file.',
      }),
    ),
    provider: Type.Optional(
      text(
        'The execution provider that runs it; this and the following members are there once it is loaded.',
      ),
    ),
    adapter: Adapter,
    fallback_reason: Type.Optional(text('Why that is not the device that was asked for.')),
    difference_from_cpu: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'Of a version on a device: the largest difference of its answer to a made-up row from the CPU’s, over the largest number of that answer.',
      }),
    ),
    max_batch_size: Type.Optional(Type.Integer({ minimum: 1 })),
    joins_requests: Type.Optional(
      Type.Boolean({
        description:
          'Whether rows of different requests are run together; else each request is run by itself.',
      }),
    ),
    joins_reason: Type.Optional(text('Why they are not.')),
    graph_rewrites: Type.Optional(
      Type.Object(
        {
          applied: Type.Array(Type.String(), { description: 'Names of the rewrites that it runs with.' }),
          reason: Type.Optional(
            text('Why its graph is served as it was made, although one would be of use.'),
          ),
        },
        {
          title: 'GraphRewrites',
          description:
            'What was changed in its graph before it was optimised; missing where nothing was to be.',
        },
      ),
    ),
    inputs: Type.Optional(Type.Array(Tensor)),
    outputs: Type.Optional(Type.Array(Tensor)),
    cost: Type.Optional(Cost),
    report: Type.Optional(VersionReport),
  },
  { title: 'Version' },
);

export const Model = Type.Object(
  {
    name: Type.String(),
    description: Type.Optional(Type.String()),
    default_version: text('The version that answers when a request names none.'),
    versions: Type.Array(Version),
  },
  { title: 'Model' },
);

export const ModelList = Type.Object(
  { default: Type.Optional(text('The model that answers `/v1/predict`.')), models: Type.Array(Model) },
  { title: 'ModelList' },
);
