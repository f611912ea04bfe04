/**
 * `traffic` of model.json: which version answers requests that name none, which version sees copies of them, and when a
 * split goes back. The body of PUT /v1/models/{model}/traffic is the same.
 */
import Type, { type Static, type TSchema } from 'typebox';

const closed = { additionalProperties: false } as const;

/** Versions of a split, and versions that get copies. */
const MAX_VERSIONS = 16;
const MAX_SHADOWS = 4;

const NAME = '^[A-Za-z0-9][\\w.-]{0,63}$';

/** Share of the requests that are copied, where none is written. */
export const DEFAULT_FRACTION = 1;

const fraction = Type.Number({
  exclusiveMinimum: 0,
  maximum: 1,
  default: DEFAULT_FRACTION,
  description: 'Share of the requests that are copied.',
});

const oneShadow = {
  pattern: NAME,
  properties: {
    version: Type.String({ pattern: NAME, description: 'A version, by number or label.' }),
    fraction: Type.Optional(fraction),
  },
  required: ['version'],
  additionalProperties: false,
} as const;

export type Shadow = string | { readonly version: string; readonly fraction?: number };

/** Keywords for one type do not apply to another, so that each fault is told at its place, as a union would not. */
const Shadows = Type.Unsafe<Shadow | readonly Shadow[]>({
  type: ['string', 'object', 'array'],
  ...oneShadow,
  items: { type: ['string', 'object'], ...oneShadow } as TSchema,
  minItems: 1,
  maxItems: MAX_SHADOWS,
  takes: '`"2"`, `{"version": "2", "fraction": 0.1}`, or a list of these',
  default: 'nothing is copied',
  description:
    'Versions that get copies of answered requests, by number or label, and the share of the requests that is copied. A ' +
    'copy runs only while a worker is to spare, and no client sees its answer.',
});

/** Also of a canary in pipeline.json. */
export const GuardSchema = Type.Object(
  {
    maxErrorRate: Type.Optional(
      Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.01,
        description: 'Share of requests that may fail by a fault of the server or the model.',
      }),
    ),
    maxP99Ms: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 3_600_000,
        unit: 'milliseconds',
        default: '500 unless maxP99Ratio is set',
        description: 'The p99 of answers, from the body to the result.',
      }),
    ),
    maxP99Ratio: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 1000,
        default: 'not checked',
        description: 'The p99 over that of the baseline.',
      }),
    ),
    maxDisagreement: Type.Optional(
      Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        default: 'not checked',
        description: 'Share of copied inputs on which the most probable class differs; needs a shadow.',
      }),
    ),
    minSamples: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        unit: 'requests',
        default: 100,
        description: 'With fewer samples nothing is decided.',
      }),
    ),
    intervalMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 86_400_000,
        default: 60_000,
        unit: 'milliseconds',
        description: 'Time between two checks.',
      }),
    ),
    stepWeight: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 100,
        unit: 'percent',
        default: 'the split stays',
        description:
          'By how much the share of the other version grows after each check that passes, in a split of two.',
      }),
    ),
    maxWeight: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 100,
        unit: 'percent',
        default: 50,
        description: 'The share after which a check that passes promotes it. Needs `stepWeight`.',
      }),
    ),
    threshold: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 1,
        description: 'Failed checks, one after the other, that send the traffic back.',
      }),
    ),
  },
  {
    ...closed,
    default: 'nothing is checked',
    description:
      'When the split goes back to its baseline by itself: to the default version, if that is in the split, else to the one ' +
      'with the largest weight.',
  },
);

export const TrafficSchema = Type.Object(
  {
    split: Type.Optional(
      Type.Record(Type.String({ pattern: NAME }), Type.Number({ minimum: 0, maximum: 1e9 }), {
        ...closed,
        minProperties: 1,
        maxProperties: MAX_VERSIONS,
        takes: 'weights by version number or label: `{"1": 90, "int8": 10}`',
        default: 'the default version answers',
        description:
          'Which versions answer requests that name none. Weights are any numbers: only their ratios count, in steps of ' +
          '1/10,000.',
      }),
    ),
    sticky: Type.Optional(
      Type.String({
        pattern: '^header:[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
        takes: '`"header:x-user-id"`, with any header',
        default: 'every request is assigned at random',
        description:
          'Requests with the same value of this header get the same version. Those without it are assigned at random.',
      }),
    ),
    salt: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        default: 'the name of the model',
        description: 'Another text assigns the same users anew.',
      }),
    ),
    shadow: Type.Optional(Shadows),
    guard: Type.Optional(GuardSchema),
  },
  {
    ...closed,
    description:
      'Which version answers requests that name none, which versions see copies, and what is compared. More in ' +
      '[models](models.md#sending-traffic-where-you-choose).',
  },
);

export type TrafficConfig = Readonly<Static<typeof TrafficSchema>>;
export type GuardConfig = Readonly<Static<typeof GuardSchema>>;

/** The shadows as a list, each with its share. */
export function shadowsOf({ shadow }: TrafficConfig): readonly { version: string; fraction: number }[] {
  if (shadow === undefined) return [];
  const all = (Array.isArray(shadow) ? shadow : [shadow]) as readonly Shadow[];
  return all.map((one) =>
    typeof one === 'string'
      ? { version: one, fraction: DEFAULT_FRACTION }
      : { version: one.version, fraction: one.fraction ?? DEFAULT_FRACTION },
  );
}
