/**
 * The file of feature values that `features` of model.json names: `{"rows": [{"entities": {…}, "at": "…", "values": {…}}]}`.
 * Read with the model, so that a look-up while requests wait is one in a table.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Errors } from 'typebox/schema';
import { entityNames, featureNames, type EntityValue, type FeaturesConfig } from './model-json/features.ts';
import { ModelError } from './model-error.ts';
import { insideIfThere } from './real-path.ts';
import { readText } from './text-file.ts';

/** Larger tables belong into a store. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Milliseconds since 1970, as JSON has dates: with a zone, so that it is one moment. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

export interface FeatureRow {
  /** By name of the feature. */
  readonly values: Readonly<Record<string, unknown>>;
  /** When the values were true, in milliseconds since 1970; undefined where the file does not say. */
  readonly at: number | undefined;
}

export interface FeatureTable {
  /** Of the content: it changes whenever that does. */
  readonly digest: string;
  /** By the keys of a row, as keyOf() writes them. */
  readonly rows: ReadonlyMap<string, FeatureRow>;
}

const File = Type.Object(
  {
    rows: Type.Array(
      Type.Object(
        {
          entities: Type.Record(Type.String(), Type.Unsafe<EntityValue>({ type: ['string', 'integer'] })),
          at: Type.Optional(Type.String({ pattern: MOMENT.source })),
          values: Type.Record(
            Type.String(),
            Type.Unsafe<number | string | boolean | null>({ type: ['number', 'string', 'boolean', 'null'] }),
          ),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

/** One text for each row of entity keys, in the order of entityNames(). */
export const keyOf = (keys: readonly EntityValue[]): string => JSON.stringify(keys);

/**
 * The table in the file that `features` names; undefined when it names none. `textAt`: reads a file by its path and by the
 * one without links.
 * @throws ModelError with the file and the place
 */
export async function readFeatureFile(
  folder: string,
  features: FeaturesConfig | undefined,
  textAt: (file: string, real: string) => Promise<string> = (_file, real) => readText(real),
): Promise<FeatureTable | undefined> {
  if (features?.file === undefined) return undefined;
  const path = join(folder, features.file);
  const real = await insideIfThere(folder, path);
  if (real === undefined) throw new ModelError(`The features ${path} do not exist.`);
  return tableOf(await textAt(path, real), path, features);
}

/** @throws ModelError */
export function tableOf(text: string, path: string, features: FeaturesConfig): FeatureTable {
  if (text.length > MAX_BYTES)
    throw new ModelError(`${path} has more than ${MAX_BYTES} bytes: put the values into a feature store.`);
  const names = entityNames(features);
  const known = new Set(featureNames(features));
  const rows = new Map<string, FeatureRow>();
  for (const [index, { entities, at, values }] of parsed(text, path).rows.entries()) {
    const place = `${path}#/rows/${index}`;
    const keys = names.map((name) => entities[name]);
    if (Object.keys(entities).length !== names.length || keys.includes(undefined))
      throw new ModelError(`${place}/entities has to have ${names.join(', ')}, and nothing else.`);
    const stranger = Object.keys(values).find((name) => !known.has(name));
    if (stranger !== undefined)
      throw new ModelError(`${place}/values has ${stranger.slice(0, 200)}, which model.json does not name.`);
    const key = keyOf(keys as EntityValue[]);
    if (rows.has(key)) throw new ModelError(`${place} is there twice: ${key}.`);
    rows.set(key, { values, at: at === undefined ? undefined : Date.parse(at) });
  }
  return { digest: createHash('sha256').update(text).digest('hex'), rows };
}

function parsed(text: string, path: string): Static<typeof File> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new ModelError(`${path} is not valid JSON: ${(error as Error).message}`);
  }
  const [valid, faults] = Errors(File, content);
  if (valid) return content as Static<typeof File>;
  const [first] = faults as unknown as readonly { instancePath: string; message: string }[];
  throw new ModelError(`${path}#${first?.instancePath ?? ''} ${first?.message ?? 'is not as it should be'}.`);
}
