/**
 * Reads the model configuration: model.json beside the versions of a model. Nothing in it is required; unknown fields are
 * refused, so that a misspelt setting is not ignored silently.
 */
import type { TSchema } from 'typebox';
import { Errors } from 'typebox/schema';
import { nearestName } from '../config/nearest.ts';
import { ModelError } from './model-error.ts';
import { MODEL_FILE } from './versions.ts';
import { knownElsewhere, missingFields, remedyOf } from './model-json/preprocess-remedy.ts';
import { ModelConfigSchema, type ModelConfig } from './model-json/schema.ts';

export type { ModelConfig };

const PREPROCESS = '/preprocess';

/** What belongs at a place that takes one of several forms, said once instead of a fault of each form. */
const FORMS: readonly (readonly [place: RegExp, sentence: string])[] = [
  [/^\/versionPolicy/, 'has to be "all", {"latest": 2} or {"specific": [1, 3]}'],
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
  const faults = configFaults(content);
  if (faults.length === 0) return content as ModelConfig;
  throw new ModelError(faults.map((fault) => `${file}#${fault}`).join('; '));
}

/** JSON pointer and sentence for each place where the content is no configuration; empty when it is one. */
export function configFaults(content: unknown): readonly string[] {
  const [valid, faults] = Errors(ModelConfigSchema, content);
  if (valid) return [];
  const told = (faults as SchemaFault[])
    // Each unknown field is reported twice: by itself as "schema is false", and by the object that refuses it.
    .filter(({ keyword }) => keyword !== 'boolean')
    .flatMap((fault) => sentences(fault, content));
  // Each of three numbers of the wrong scale is a fault of its own, with the same sentence.
  return [...new Set(told)];
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
