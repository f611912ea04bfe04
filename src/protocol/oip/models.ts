/** The models: their names, what each takes and gives, whether it is ready. */
import Type from 'typebox';
import { DATATYPE_NAMES } from '../../tensor/tensor.ts';
import { ALWAYS, json, type Example } from '../description.ts';
import { OF_MODEL, OF_VERSION } from '../path-parameters.ts';
import type { DescribedRoute } from '../route-set.ts';
import { MODEL, text } from '../schemas.ts';
import { answer, answerWithSignature, versionOf, type OipParts } from './facts.ts';

type ModelsRoute = DescribedRoute<OipParts>;

/** Triton's name of what runs ONNX models; clients know it. */
export const PLATFORM = 'onnxruntime_onnx';

export const ModelNames = Type.Object(
  { models: Type.Array(Type.String()) },
  { title: 'OipModels', description: 'Every model that was found, whether it can be used or not.' },
);

const TensorMetadata = Type.Object(
  {
    name: Type.String(),
    datatype: Type.Enum([...DATATYPE_NAMES]),
    shape: Type.Array(Type.Integer({ minimum: -1 }), {
      description: 'As the model declares it, with the batch where there is one; -1: any length.',
    }),
  },
  { title: 'OipTensorMetadata' },
);

export const ModelMetadata = Type.Object(
  {
    name: Type.String(),
    versions: Type.Array(Type.String(), {
      description: 'Those that answer: they are loaded, or are when they are asked for.',
    }),
    platform: text('What runs it, by the name that Triton gives it.'),
    inputs: Type.Array(TensorMetadata),
    outputs: Type.Array(TensorMetadata),
  },
  { title: 'OipModelMetadata' },
);

export const ModelReady = Type.Object(
  { name: Type.String(), version: Type.String(), ready: Type.Boolean() },
  { title: 'OipModelReady' },
);

const METADATA: Example = {
  summary: 'A model that takes images',
  value: {
    name: MODEL.name,
    versions: ['1', '2'],
    platform: PLATFORM,
    inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 224, 224, 3] }],
    outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 1000] }],
  },
};

const QUERY = { method: 'GET', quiet: false, access: 'read', tag: 'Open Inference Protocol' } as const;

export const modelNamesRoute: ModelsRoute = {
  ...QUERY,
  pattern: '/v2/models',
  summary: 'The names of the models',
  description: 'As KServe answers it. `/v1/models` says more.',
  answers: { 200: { description: 'The names.', contents: json(ModelNames) } },
  errors: ALWAYS,
  samples: [{ label: 'All', path: '/v2/models' }],
  handle: (exchange, { oip }) => {
    const names = oip.catalogue.models.map(({ name }) => name);
    answer(exchange, { models: names.filter((name) => exchange.mayUse(name)) });
  },
};

const METADATA_ROUTE = {
  ...QUERY,
  answers: {
    200: { description: 'The model.', contents: json(ModelMetadata, { oipModel: METADATA }) },
  },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND', 'MODEL_LOADING', 'MODEL_UNAVAILABLE', 'MODEL_QUARANTINED'],
  handle: (exchange, { oip }) => {
    const version = versionOf(exchange, oip);
    const versions = oip.catalogue.model(version.name)?.versions ?? [];
    return answerWithSignature(exchange, version, oip, ({ inputs, outputs }) => ({
      name: version.name,
      versions: versions.filter(({ answers }) => answers).map((one) => one.version),
      platform: PLATFORM,
      inputs: inputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
      outputs: outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    }));
  },
} as const satisfies Partial<ModelsRoute>;

export const modelMetadataRoute: ModelsRoute = {
  ...METADATA_ROUTE,
  pattern: '/v2/models/:model',
  summary: 'Inputs and outputs of a model',
  description:
    'Of its default version; one that is loaded on demand is loaded first, if it never was. For a model that takes images these are the tensors that it runs on; the same input may also be sent as BYTES, with one JPEG, PNG or WebP file an element.',
  parameters: OF_MODEL,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0' }],
};

export const versionMetadataRoute: ModelsRoute = {
  ...METADATA_ROUTE,
  pattern: '/v2/models/:model/versions/:version',
  summary: 'Inputs and outputs of a version',
  description: 'The version is a number or a label.',
  parameters: OF_VERSION,
  samples: [{ label: 'By label', path: '/v2/models/efficientnet-lite0/versions/int8' }],
};

const READY_ROUTE = {
  ...QUERY,
  quiet: true,
  answers: {
    200: { description: 'It can be used.', contents: json(ModelReady) },
    503: { description: 'It is not loaded, or cannot be.', contents: json(ModelReady) },
  },
  errors: [...ALWAYS, 'MODEL_NOT_FOUND'],
  handle: (exchange, { oip }) => {
    const { name, version, answers: ready } = versionOf(exchange, oip);
    answer(exchange, { name, version, ready }, ready ? 200 : 503);
  },
} as const satisfies Partial<ModelsRoute>;

export const modelReadyRoute: ModelsRoute = {
  ...READY_ROUTE,
  pattern: '/v2/models/:model/ready',
  summary: 'Whether a model is ready',
  description:
    'Its default version. One that is loaded on demand is ready when it is not loaded, too: clients ask this before they send the request that loads it.',
  parameters: OF_MODEL,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0/ready', showsStatus: true }],
};

export const versionReadyRoute: ModelsRoute = {
  ...READY_ROUTE,
  pattern: '/v2/models/:model/versions/:version/ready',
  summary: 'Whether a version is ready',
  description: 'The version is a number or a label.',
  parameters: OF_VERSION,
  samples: [{ label: 'One', path: '/v2/models/efficientnet-lite0/versions/int8/ready', showsStatus: true }],
};
