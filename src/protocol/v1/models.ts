/** Metadata: the models, their versions, and the inputs, outputs and costs of each. */
import { ServingError } from '../../errors.ts';
import type { CostModel } from '../../cost/cost-model.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import type { TensorSpec } from '../../tensor/tensor.ts';
import type { Exchange } from '../../http/exchange.ts';
import { ALWAYS, json } from '../description.ts';
import type { DescribedRoute } from '../route-set.ts';
import { MODELS, ONE_MODEL } from './model-examples.ts';
import { Model, ModelList } from './model-schemas.ts';
import { OF_MODEL } from './path-parameters.ts';

export interface ModelsFacts {
  readonly models: readonly ModelVersion[];
  /** The version that answers for a model when a request names none. */
  readonly defaultVersionOf: (name: string) => string;
  readonly defaultModel: string;
  /** Costs of a version, and the wait that a request would have now; undefined until it is loaded. */
  readonly costsOf: (model: ModelVersion) => KnownCosts | undefined;
}

export interface KnownCosts {
  readonly costs: Pick<CostModel, 'cap' | 'tail' | 'typicalDecodeMs' | 'buckets'>;
  readonly startsInMs: number;
  readonly error: number;
}

type ModelsRoute = DescribedRoute<{ readonly models: ModelsFacts }>;

export const listRoute: ModelsRoute = {
  method: 'GET',
  pattern: '/v1/models',
  quiet: false,
  summary: 'List the models and their versions',
  tag: 'Models',
  description: 'Every model that was found, whether it can be used or not.',
  answers: { 200: { description: 'The models.', contents: json(ModelList, { models: MODELS }) } },
  errors: ALWAYS,
  samples: [{ label: 'All', path: '/v1/models' }],
  handle: (exchange, { models }) => listModels(exchange, models),
};

export const describeRoute: ModelsRoute = {
  method: 'GET',
  pattern: '/v1/models/:model',
  quiet: false,
  summary: 'Describe a model: versions, inputs, outputs, state',
  tag: 'Models',
  description: 'What it takes and gives: send rows of the shapes and data types that `inputs` declares.',
  parameters: OF_MODEL,
  answers: { 200: { description: 'The model.', contents: json(Model, { model: ONE_MODEL }) } },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
  samples: [{ label: 'One', path: '/v1/models/efficientnet-lite0' }],
  handle: (exchange, { models }) => describeModel(exchange, models),
};

export function listModels(exchange: Exchange, facts: ModelsFacts): void {
  const names = [...new Set(facts.models.map(({ name }) => name))];
  answer(exchange, { default: facts.defaultModel, models: names.map((name) => describe(name, facts)) });
}

/** @throws ServingError MODEL_NOT_FOUND */
export function describeModel(exchange: Exchange, facts: ModelsFacts): void {
  const name = exchange.head.parameters[0]!;
  if (!facts.models.some((model) => model.name === name)) {
    throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
  }
  answer(exchange, describe(name, facts));
}

function describe(name: string, { models, defaultVersionOf, costsOf }: ModelsFacts): object {
  const versions = models.filter((model) => model.name === name);
  const description = versions[0]?.settings.description;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    default_version: defaultVersionOf(name),
    versions: versions.map((model) => ({
      version: model.version,
      labels: model.settings.versionLabels,
      state: model.state,
      ...(model.reason === undefined ? {} : { reason: model.reason }),
      takes: model.settings.preprocess === undefined ? 'rows' : 'images',
      ...(model.loaded === undefined
        ? {}
        : {
            provider: model.loaded.provider,
            max_batch_size: model.loaded.maxBatchSize,
            inputs: model.loaded.inputs.map(tensor),
            outputs: model.loaded.outputs.map(tensor),
            cost: cost(model, costsOf(model)),
          }),
    })),
  };
}

/** What a batch costs, as measured, and what follows from it. */
function cost({ settings }: ModelVersion, known: KnownCosts | undefined): object | undefined {
  if (known === undefined) return undefined;
  const { costs, startsInMs, error } = known;
  return {
    slo_p99_ms: settings.sloMs,
    batch_cap: costs.cap,
    ...(settings.preprocess === undefined ? {} : { decode_ms: rounded(costs.typicalDecodeMs) }),
    tail_ratio: rounded(costs.tail),
    forecast_wait_ms: rounded(startsInMs),
    forecast_error_ratio: rounded(error),
    runs: costs.buckets.map(({ rows, width, meanMs, observed }) => ({
      rows,
      width,
      mean_ms: rounded(meanMs),
      p99_ms: rounded(meanMs * costs.tail),
      observed,
    })),
  };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** With -1 for the batch dimension, as the Open Inference Protocol writes it. */
const tensor = ({ name, datatype, shape }: TensorSpec): object => ({ name, datatype, shape: [-1, ...shape] });

function answer(exchange: Exchange, body: object): void {
  exchange.answer({ contentType: 'application/json', body: JSON.stringify(body) });
}
