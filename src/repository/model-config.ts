/**
 * The model configuration: model.json beside the versions of a model. Nothing in it is required; unknown
 * fields are refused, so that a misspelt setting is not ignored silently.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { Errors } from 'typebox/schema';
import { nearestName } from '../config/nearest.ts';
import { DATATYPE_NAMES } from '../tensor/tensor.ts';
import { ModelError } from './model-error.ts';
import { MODEL_FILE } from './versions.ts';
import { knownElsewhere, missingFields, remedyOf } from './preprocess-remedy.ts';

const closed = { additionalProperties: false } as const;
const sha256 = Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Lower-case hexadecimal digest.' });
const channels = (bounds: { minimum?: number; exclusiveMinimum?: number; maximum: number }) =>
  Type.Array(Type.Number(bounds), { minItems: 3, maxItems: 3 });

const Tensor = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'Its name in the ONNX graph.' }),
    datatype: Type.Enum([...DATATYPE_NAMES]),
    shape: Type.Array(Type.Integer({ minimum: 1 }), { description: 'Shape of one row, without the batch.' }),
  },
  closed,
);

export const ModelConfigSchema = Type.Object(
  {
    description: Type.Optional(Type.String()),
    inputs: Type.Optional(Type.Array(Tensor, { minItems: 1 })),
    outputs: Type.Optional(Type.Array(Tensor, { minItems: 1 })),
    preprocess: Type.Optional(
      Type.Object(
        {
          resize: Type.Integer({ minimum: 1, maximum: 8192, description: 'Short side after resampling.' }),
          crop: Type.Integer({ minimum: 1, maximum: 8192, description: 'Side of the centre square.' }),
          filter: Type.Enum(['bicubic', 'bilinear']),
          // Pixels are divided by 255 first. A mean near 124 is meant for pixels from 0 to 255, and is refused.
          mean: Type.Optional(channels({ minimum: 0, maximum: 1 })),
          std: Type.Optional(channels({ exclusiveMinimum: 0, maximum: 1 })),
        },
        { ...closed, description: 'Set: the model takes images.' },
      ),
    ),
    postprocess: Type.Optional(
      Type.Object(
        { softmax: Type.Optional(Type.Boolean({ description: 'False when the graph ends in a softmax.' })) },
        closed,
      ),
    ),
    labels: Type.Optional(Type.String({ minLength: 1, description: 'File of class names, one a line.' })),
    defaultVersion: Type.Optional(Type.Integer({ minimum: 1 })),
    versionLabels: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z][\\w.-]{0,63}$' }), Type.Integer({ minimum: 1 }), closed),
    ),
    maxBatchSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 4096 })),
    sloP99Ms: Type.Optional(Type.Number({ minimum: 1, maximum: 3_600_000 })),
    maxQueueDelayMs: Type.Optional(Type.Number({ minimum: 0, maximum: 10_000 })),
    sha256: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[1-9][0-9]*$' }),
        Type.Union([
          sha256,
          Type.Record(Type.String({ pattern: '^[^/].*$' }), sha256, { ...closed, minProperties: 1 }),
        ]),
        closed,
      ),
    ),
    source: Type.Optional(
      Type.Object(
        {
          url: Type.String({ minLength: 1 }),
          sha256: Type.Optional(sha256),
          bytes: Type.Optional(Type.Integer({ minimum: 1 })),
        },
        { ...closed, description: 'Where the file of version 1 comes from.' },
      ),
    ),
  },
  closed,
);

export type ModelConfig = Readonly<Static<typeof ModelConfigSchema>>;

const PREPROCESS = '/preprocess';

/** What belongs at a place that takes one of several forms, said once instead of a fault of each form. */
const FORMS: readonly (readonly [place: RegExp, sentence: string])[] = [
  [
    /^\/sha256\/[^/]+/,
    'has to be a digest of 64 lower-case hexadecimal digits, or one for each file: {"model.onnx": "…", "model.onnx.data": "…"}',
  ],
];

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: {
    readonly additionalProperties?: readonly string[];
    readonly requiredProperties?: readonly string[];
    readonly allowedValues?: unknown[];
  };
  readonly message: string;
}

/**
 * Reads the text of a model.json; `file` is only named in errors.
 * @throws ModelError with the file and a JSON pointer to each fault.
 */
export function parseModelConfig(text: string, file: string): ModelConfig {
  let content: unknown;
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ModelError(`${file} is not valid JSON: ${(error as Error).message}`);
  }
  const [valid, faults] = Errors(ModelConfigSchema, content);
  if (valid) return content as ModelConfig;
  const told = (faults as SchemaFault[])
    // Each unknown field is reported twice: by itself as "schema is false", and by the object that refuses it.
    .filter(({ keyword }) => keyword !== 'boolean')
    .flatMap((fault) => sentences(fault, content));
  // Each of three numbers of the wrong scale is a fault of its own, with the same sentence.
  throw new ModelError([...new Set(told)].map((sentence) => `${file}#${sentence}`).join('; '));
}

function sentences({ keyword, instancePath, params, message }: SchemaFault, content: unknown): string[] {
  const [place, form] = FORMS.find(([pattern]) => pattern.test(instancePath)) ?? [];
  if (place !== undefined) return [`${place.exec(instancePath)![0]} ${form}`];
  if (keyword === 'additionalProperties') {
    const known = Object.keys(propertiesAt(instancePath));
    return (params.additionalProperties ?? []).map((field) => {
      const elsewhere = instancePath === PREPROCESS ? knownElsewhere(field) : undefined;
      const nearest = elsewhere ?? nearestName(field, known);
      const hint = nearest === undefined ? '' : ` (did you mean ${nearest}?)`;
      return `${instancePath}/${field} is an unknown field${hint}`;
    });
  }
  if (keyword === 'required' && instancePath === PREPROCESS) {
    return [missingFields(params.requiredProperties ?? [])];
  }
  if (instancePath.startsWith(`${PREPROCESS}/`)) {
    const remedy = remedyOf(instancePath, (content as { preprocess: Record<string, unknown> }).preprocess);
    if (remedy !== undefined) return [remedy];
  }
  const allowed = params.allowedValues === undefined ? '' : `: ${params.allowedValues.join(', ')}`;
  return [`${instancePath} ${message}${allowed}`];
}

/** The declared sha256 of each file of a version, by its name; undefined when none is declared. */
export function digestsOf(
  { sha256 }: ModelConfig,
  version: string,
): Readonly<Record<string, string>> | undefined {
  const declared = sha256?.[version];
  return typeof declared === 'string' ? { [MODEL_FILE]: declared } : declared;
}

/** The fields that the schema knows at a place, to suggest the right name. */
function propertiesAt(pointer: string): Record<string, TSchema> {
  let schema = ModelConfigSchema as unknown as { properties?: Record<string, TSchema>; items?: TSchema };
  for (const step of pointer.split('/').slice(1)) {
    schema = schema.properties?.[step] ?? schema.items ?? {};
  }
  return schema.properties ?? {};
}
