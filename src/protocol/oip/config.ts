/** The configuration of a model in Triton's form: what clients ask before they measure. */
import Type from 'typebox';
import type { ModelVersion, Signature } from '../../serving/model-version.ts';
import type { Datatype, TensorSpec } from '../../tensor/tensor.ts';
import { ALWAYS, json, type Example } from '../description.ts';
import { OF_MODEL, OF_VERSION } from '../path-parameters.ts';
import type { DescribedRoute } from '../route-set.ts';
import { MODEL, text } from '../schemas.ts';
import { answerWithSignature, hasBatchAxis, versionOf, type OipParts } from './facts.ts';
import { PLATFORM } from './models.ts';

type ConfigRoute = DescribedRoute<OipParts>;

const ConfigTensor = Type.Object(
  {
    name: Type.String(),
    data_type: text('As `TYPE_FP32`; BYTES is `TYPE_STRING`.'),
    dims: Type.Array(Type.Integer({ minimum: -1 }), {
      description: 'Without the batch, where `max_batch_size` is not 0.',
    }),
    reshape: Type.Optional(
      Type.Object({ shape: Type.Array(Type.Integer()) }, { description: 'Where it has no dimensions.' }),
    ),
  },
  { title: 'OipConfigTensor' },
);

export const ModelConfiguration = Type.Object(
  {
    name: Type.String(),
    platform: Type.String(),
    backend: Type.String(),
    max_batch_size: Type.Integer({
      minimum: 0,
      description:
        'Rows of the largest batch that runs at once; a request may have more. 0: the model has no batch axis in front.',
    }),
    input: Type.Array(ConfigTensor),
    output: Type.Array(ConfigTensor),
    instance_group: Type.Array(
      Type.Object({ name: Type.String(), kind: Type.String(), count: Type.Integer({ minimum: 1 }) }),
    ),
    dynamic_batching: Type.Optional(
      Type.Object({
        preferred_batch_size: Type.Array(Type.Integer({ minimum: 1 })),
        max_queue_delay_microseconds: Type.Integer({ minimum: 0 }),
      }),
    ),
  },
  { title: 'OipModelConfiguration' },
);

const CONFIGURATION: Example = {
  summary: 'A model that takes images',
  value: {
    name: MODEL.name,
    platform: PLATFORM,
    backend: 'onnxruntime',
    max_batch_size: 64,
    input: [{ name: 'image', data_type: 'TYPE_UINT8', dims: [224, 224, 3] }],
    output: [{ name: 'logits', data_type: 'TYPE_FP32', dims: [1000] }],
    instance_group: [{ name: MODEL.name, kind: 'KIND_CPU', count: 2 }],
    dynamic_batching: { preferred_batch_size: [4], max_queue_delay_microseconds: 0 },
  },
};

const CONFIG_ROUTE = {
  method: 'GET',
  quiet: false,
  access: 'read',
  tag: 'Open Inference Protocol',
  answers: {
    200: {
      description: 'The configuration.',
      contents: json(ModelConfiguration, { oipConfiguration: CONFIGURATION }),
    },
  },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND', 'MODEL_LOADING', 'MODEL_UNAVAILABLE', 'MODEL_QUARANTINED'],
  handle: (exchange, { oip }) => {
    const version = versionOf(exchange, oip);
    return answerWithSignature(exchange, version, oip, (signature) =>
      configurationOf(version, signature, oip.workers),
    );
  },
} as const satisfies Partial<ConfigRoute>;

export const modelConfigRoute: ConfigRoute = {
  ...CONFIG_ROUTE,
  pattern: '/v2/models/:model/config',
  summary: 'The configuration of a model, in the form of Triton',
  description: 'Of its default version; the members that mean something here.',
  parameters: OF_MODEL,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0/config' }],
};

export const versionConfigRoute: ConfigRoute = {
  ...CONFIG_ROUTE,
  pattern: '/v2/models/:model/versions/:version/config',
  summary: 'The configuration of a version, in the form of Triton',
  description: 'The version is a number or a label.',
  parameters: OF_VERSION,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0/versions/int8/config' }],
};

export function configurationOf(version: ModelVersion, signature: Signature, workers: number): object {
  const { name, costs, source } = version;
  const batch = hasBatchAxis(signature);
  const { provider, maxBatchSize } = signature;
  const delayMs = source?.entry.config.maxQueueDelayMs ?? 0;
  return {
    name,
    platform: PLATFORM,
    backend: 'onnxruntime',
    max_batch_size: batch ? maxBatchSize : 0,
    input: signature.inputs.map((spec) => tensorOf(spec, batch)),
    output: signature.outputs.map((spec) => tensorOf(spec, batch)),
    instance_group: [
      { name, kind: provider === 'cpu' ? 'KIND_CPU' : 'KIND_GPU', count: provider === 'cpu' ? workers : 1 },
    ],
    ...(batch &&
      maxBatchSize > 1 && {
        dynamic_batching: {
          preferred_batch_size: [costs?.cap ?? maxBatchSize],
          max_queue_delay_microseconds: Math.round(delayMs * 1000),
        },
      }),
  };
}

/** Triton has no tensors without dimensions: it has one of one element that is reshaped. */
function tensorOf({ name, datatype, shape }: TensorSpec, batch: boolean): object {
  const dims = batch ? shape.slice(1) : shape;
  const given = { name, data_type: typeName(datatype) };
  return dims.length > 0 ? { ...given, dims } : { ...given, dims: [1], reshape: { shape: [] } };
}

const typeName = (datatype: Datatype): string => `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`;
