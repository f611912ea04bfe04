/** Metadata: the models, their versions, and the inputs, outputs and costs of each. */
import { ServingError } from '../../errors.ts';
import type { Catalogue, Model as Entry } from '../../serving/catalogue.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import type { TensorSpec } from '../../tensor/tensor.ts';
import type { Exchange } from '../../http/exchange.ts';
import { ALWAYS, json } from '../description.ts';
import { rounded } from '../rounding.ts';
import type { DescribedRoute } from '../route-set.ts';
import { MODELS, ONE_MODEL } from './model-examples.ts';
import { Model, ModelList } from './model-schemas.ts';
import { shown } from './version-report.ts';
import { OF_MODEL } from '../path-parameters.ts';

/** What a request may ask about. */
export interface ModelsFacts {
  readonly catalogue: Catalogue;
  /** The model that answers when a request names none. */
  readonly defaultModel: string;
}

type ModelsRoute = DescribedRoute<{ readonly models: ModelsFacts }>;

export const listRoute: ModelsRoute = {
  method: 'GET',
  pattern: '/v1/models',
  quiet: false,
  access: 'read',
  summary: 'List the models and their versions',
  tag: 'Models',
  description:
    'Every model that was found, whether it can be used or not. A key for some models sees only those, and `default` only if it is one of them.',
  answers: { 200: { description: 'The models.', contents: json(ModelList, { models: MODELS }) } },
  errors: ALWAYS,
  samples: [{ label: 'All', path: '/v1/models' }],
  handle: (exchange, { models }) => listModels(exchange, models),
};

export const describeRoute: ModelsRoute = {
  method: 'GET',
  pattern: '/v1/models/:model',
  quiet: false,
  access: 'read',
  summary: 'Describe a model: versions, inputs, outputs, state',
  tag: 'Models',
  description: 'What it takes and gives: send rows of the shapes and data types that `inputs` declares.',
  parameters: OF_MODEL,
  answers: { 200: { description: 'The model.', contents: json(Model, { model: ONE_MODEL }) } },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
  samples: [{ label: 'One', path: '/v1/models/efficientnet-lite0' }],
  handle: (exchange, { models }) => describeModel(exchange, models),
};

export function listModels(exchange: Exchange, { catalogue, defaultModel }: ModelsFacts): void {
  const models = catalogue.models.filter(({ name }) => exchange.mayUse(name));
  answer(exchange, {
    ...(exchange.mayUse(defaultModel) && { default: defaultModel }),
    models: models.map(describe),
  });
}

/** @throws ServingError MODEL_NOT_FOUND */
export function describeModel(exchange: Exchange, { catalogue }: ModelsFacts): void {
  const name = exchange.head.parameters[0]!;
  const model = catalogue.model(name);
  if (model === undefined) throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
  answer(exchange, describe(model));
}

function describe({ name, defaultVersion, versions }: Entry): object {
  const description = versions[0]?.settings.description;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    default_version: defaultVersion,
    versions: versions.map(describeVersion),
  };
}

function describeVersion(version: ModelVersion): object {
  const { settings, state, reason, signature } = version;
  return {
    version: settings.version,
    labels: settings.versionLabels,
    state,
    ...(reason === undefined ? {} : { reason }),
    ...(version.refusal === undefined ? {} : { refused: version.refusal }),
    takes: settings.preprocess === undefined ? 'rows' : 'images',
    residency: settings.onDemand ? 'on-demand' : 'pinned',
    ...(version.memoryBytes === undefined ? {} : { memory_bytes: version.memoryBytes }),
    ...(signature === undefined
      ? {}
      : {
          provider: signature.provider,
          ...(signature.adapter && { adapter: signature.adapter }),
          ...(signature.fallbackReason !== undefined && { fallback_reason: signature.fallbackReason }),
          ...(signature.difference !== undefined && { difference_from_cpu: signature.difference }),
          max_batch_size: signature.maxBatchSize,
          joins_requests: signature.joins.rows,
          ...(signature.joins.reason === undefined ? {} : { joins_reason: signature.joins.reason }),
          ...(signature.rewrites === undefined ? {} : { graph_rewrites: signature.rewrites }),
          inputs: signature.inputs.map(tensor),
          outputs: signature.outputs.map(tensor),
          cost: cost(version),
        }),
    ...(settings.report === undefined ? {} : { report: shown(settings.report) }),
  };
}

/** What a batch costs, as measured, and what follows from it. */
function cost(version: ModelVersion): object | undefined {
  const { settings, costs } = version;
  if (costs === undefined) return undefined;
  const { startsInMs, error } = version.forecast();
  return {
    slo_p99_ms: settings.sloMs,
    batch_cap: costs.cap,
    ...(settings.preprocess === undefined ? {} : { decode_ms: toThousandth(costs.typicalDecodeMs) }),
    tail_ratio: toThousandth(costs.tail),
    forecast_wait_ms: toThousandth(startsInMs),
    forecast_error_ratio: toThousandth(error),
    runs: costs.buckets.map(({ rows, width, meanMs, observed }) => ({
      rows,
      width,
      mean_ms: toThousandth(meanMs),
      p99_ms: toThousandth(meanMs * costs.tail),
      observed,
    })),
  };
}

const toThousandth = (value: number): number => rounded(value, 1000);

const tensor = ({ name, datatype, shape }: TensorSpec): object => ({ name, datatype, shape });

function answer(exchange: Exchange, body: object): void {
  exchange.answer({ contentType: 'application/json', body: JSON.stringify(body) });
}
