/** `features` of model.json: inputs that the server fills from a feature store, by the entity keys of a request. */
import Type, { type Static } from 'typebox';
import { closed } from './preprocess.ts';

/** As feature stores write it: the view, a colon, the feature. */
const FEATURE = '^[A-Za-z_][\\w-]{0,99}:[A-Za-z_][\\w-]{0,99}$';
const ENTITY = '^[A-Za-z_][\\w-]{0,99}$';

/** Features of a model, over all inputs. */
export const MAX_FEATURES = 1000;

/** How long a store may take where model.json does not say. In milliseconds. */
export const DEFAULT_TIMEOUT_MS = 100;

export const FeaturesSchema = Type.Object(
  {
    store: Type.Enum(['feast', 'file'], {
      description:
        '`feast`: a Feast feature server is asked over HTTP. `file`: the values lie in a file beside model.json.',
    }),
    url: Type.Optional(
      Type.String({
        pattern: '^https?://[^\\s?#@]+$',
        maxLength: 2000,
        default: 'the only one of the option featureStores',
        description:
          'The address of the Feast feature server. It has to be one of those that the operator lists in the option ' +
          '`featureStores`: a model cannot make the server call anything else.',
      }),
    ),
    service: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        default: 'the features are asked for one by one',
        description: 'A feature service of Feast to ask for instead. It has to hold all of the features.',
      }),
    ),
    file: Type.Optional(
      Type.String({
        minLength: 1,
        takes: 'the name of a file in the folder of the model',
        default: 'none',
        description:
          'Values in JSON: the whole store where `store` is `file`; with `feast`, what is taken where Feast cannot be asked ' +
          'or has no value. More in [features](features.md#the-file).',
      }),
    ),
    entities: Type.Record(Type.String({ pattern: ENTITY }), Type.Enum(['string', 'int32', 'int64']), {
      ...closed,
      minProperties: 1,
      maxProperties: 16,
      takes: 'types by key: `{"driver_id": "int64"}`, of `string`, `int32` and `int64`',
      description:
        'The keys that a request gives for each row. What is not of the type is refused before the store is asked.',
    }),
    features: Type.Record(
      Type.String({ minLength: 1 }),
      Type.Array(Type.String({ pattern: FEATURE }), { minItems: 1, maxItems: MAX_FEATURES }),
      {
        ...closed,
        minProperties: 1,
        takes: 'features by input: `{"x": ["driver_stats:conv_rate", "driver_stats:acc_rate"]}`',
        description:
          'The inputs that are filled, and from what: one feature for each element of a row, in order. A request gives the ' +
          'other inputs itself.',
      },
    ),
    defaults: Type.Optional(
      Type.Record(
        Type.String({ pattern: FEATURE }),
        Type.Unsafe<number | string | boolean>({ type: ['number', 'string', 'boolean'] }),
        {
          ...closed,
          takes: 'values by feature: `{"driver_stats:conv_rate": 0.5}`',
          default: 'a row without a value is refused',
          description:
            'What is taken where there is no value, it is too old, or the store does not answer. The answer names these features.',
        },
      ),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 60_000,
        unit: 'milliseconds',
        default: DEFAULT_TIMEOUT_MS,
        description: 'Longest time that a request waits for its features.',
      }),
    ),
    maxAgeS: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e9,
        unit: 'seconds',
        default: 'as old as the store gives them',
        description: 'A value that is older counts as missing.',
      }),
    ),
  },
  {
    ...closed,
    default: 'requests give every input',
    description:
      'Inputs that are filled from a feature store, by the `entities` of a request. More in [features](features.md).',
  },
);

export type FeaturesConfig = Readonly<Static<typeof FeaturesSchema>>;
export type EntityType = FeaturesConfig['entities'][string];

/** A key of an entity, as requests and files give it. */
export type EntityValue = string | number;

/** The names of the entity keys, in the one order that rows of keys have. */
export const entityNames = ({ entities }: FeaturesConfig): readonly string[] =>
  Object.keys(entities).toSorted();

/** Each feature once. */
export const featureNames = ({ features }: FeaturesConfig): readonly string[] => [
  ...new Set(Object.values(features).flat()),
];

/** Values that are asked for at once, rows by features: writing and reading them takes the serving thread some 10 ms. */
const MAX_CELLS = 8192;

/** Rows of entities of one request, and of one call that joins several. */
export const maxRows = (features: number): number =>
  Math.max(1, Math.min(1024, Math.floor(MAX_CELLS / features)));
