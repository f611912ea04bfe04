/**
 * `index.json`: which models and versions a store offers, and the digest of every file. It is the only object that is ever
 * replaced; all others are named by their digest. Read from a store that anybody may have written to, so that nothing of it
 * is believed before it was checked: names cannot lead out of a folder, and a version's digest is that of its files.
 */
import { createHash } from 'node:crypto';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/schema';
import { isPath } from '../../repository/trust/statement.ts';
import { ArtifactError } from '../artifact-error.ts';

const SHA256 = '^[0-9a-f]{64}$';
const MODEL = '^[A-Za-z0-9][\\w.-]{0,63}$';
const VERSION = '^[1-9][0-9]{0,8}$';

/** Without it, names of another form would be taken unseen. */
const CLOSED = { additionalProperties: false } as const;

const FileSchema = Type.Object({
  /** Below the folder of the version, or of the model, with `/`. */
  path: Type.String({ minLength: 1, maxLength: 1024 }),
  sha256: Type.String({ pattern: SHA256 }),
  bytes: Type.Integer({ minimum: 0 }),
});

const VersionSchema = Type.Object({
  /** Of all files: see digestOf(). */
  digest: Type.String({ pattern: SHA256 }),
  /** When it was written, ISO 8601. */
  pushed: Type.String({ maxLength: 40 }),
  files: Type.Array(FileSchema, { minItems: 1, maxItems: 10_000 }),
});

const ModelSchema = Type.Object({
  /** What all versions share: model.json, the class names, the golden samples. */
  files: Type.Array(FileSchema, { maxItems: 10_000 }),
  /** The version that answers where none is named. */
  default: Type.Optional(Type.String({ pattern: VERSION })),
  versions: Type.Record(Type.String({ pattern: VERSION }), VersionSchema, CLOSED),
});

const IndexSchema = Type.Object({
  format: Type.Literal(1),
  /** Counts writes, so that no content is ever there twice. */
  generation: Type.Integer({ minimum: 1 }),
  written: Type.String({ maxLength: 40 }),
  models: Type.Record(Type.String({ pattern: MODEL }), ModelSchema, CLOSED),
  /** Keys that a prune is deleting, and when it began: nothing may begin to name them. */
  deleting: Type.Object({
    since: Type.String({ maxLength: 40 }),
    keys: Type.Array(Type.String({ maxLength: 2048 })),
  }),
});

export type StoredFile = Readonly<Static<typeof FileSchema>>;

export interface StoredVersion {
  readonly digest: string;
  readonly pushed: string;
  readonly files: readonly StoredFile[];
}

export interface StoredModel {
  readonly files: readonly StoredFile[];
  readonly default?: string;
  readonly versions: Readonly<Record<string, StoredVersion>>;
}

export interface ArtifactIndex {
  readonly format: 1;
  readonly generation: number;
  readonly written: string;
  readonly models: Readonly<Record<string, StoredModel>>;
  readonly deleting: { readonly since: string; readonly keys: readonly string[] };
}

export const INDEX_KEY = 'index.json';
/** Some 50,000 files. */
export const INDEX_BYTES = 16 * 1024 * 1024;

/** Nothing is being deleted. */
export const NOT_DELETING: ArtifactIndex['deleting'] = { since: '', keys: [] };

export const EMPTY_INDEX: ArtifactIndex = {
  format: 1,
  generation: 0,
  written: '',
  models: {},
  deleting: NOT_DELETING,
};

/** Of a version, whatever it is called: sha256 of the lines `<sha256>  <path>` of its files, sorted by path. */
export function digestOf(files: readonly StoredFile[]): string {
  const hash = createHash('sha256');
  const byPath = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const { sha256, path } of byPath) hash.update(`${sha256}  ${path}\n`);
  return hash.digest('hex');
}

/** `where`: of the text, for errors. @throws ArtifactError corrupt */
export function parseIndex(text: string, where: string): ArtifactIndex {
  const index = parsed(text, where);
  const { format } = (index ?? {}) as { format?: unknown };
  if (typeof format === 'number' && format > 1) {
    throw corrupt(where, `is of format ${format}, which a newer ortolan has written: use that one`);
  }
  if (!Check(IndexSchema, index)) throw corrupt(where, 'is no index of artifacts');
  for (const [name, model] of Object.entries(index.models)) checkModel(name, model, where);
  return index;
}

/** Of index.json, and of what is kept of a model in a backup. @throws ArtifactError corrupt */
export function checkModel(name: string, { files, versions }: StoredModel, where: string): void {
  checkFiles(name, files, where);
  for (const { path } of files) {
    const [first = ''] = path.split('/');
    if (new RegExp(VERSION).test(first) || first.startsWith('.'))
      throw corrupt(where, `has ${JSON.stringify(path)} as a file of the model ${name}`);
  }
  for (const [version, { digest, files: own }] of Object.entries(versions)) {
    checkFiles(`${name}/${version}`, own, where);
    if (digestOf(own) !== digest)
      throw corrupt(where, `has another digest for ${name}/${version} than its files have`);
  }
}

/** The same of a text that holds one model alone. */
export function parseModel(name: string, value: unknown, where: string): StoredModel {
  if (!new RegExp(MODEL).test(name) || !Check(ModelSchema, value)) throw corrupt(where, 'holds no model');
  checkModel(name, value, where);
  return value;
}

function checkFiles(name: string, files: readonly StoredFile[], where: string): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (!isPath(path))
      throw corrupt(where, `has no path below the folder in ${name}: ${JSON.stringify(path)}`);
    if (seen.has(path)) throw corrupt(where, `names ${JSON.stringify(path)} of ${name} twice`);
    seen.add(path);
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw corrupt(where, 'is no JSON');
  }
}

const corrupt = (where: string, why: string): ArtifactError =>
  new ArtifactError('corrupt', `${where} ${why}.`);
