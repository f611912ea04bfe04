/**
 * The model repository on disk: `<name>/<version>/model.onnx` with `<name>/model.json` beside it. One bad
 * model is reported and does not hide the others. Never reads outside the root, whatever links lie in it,
 * and never loads a model.
 */
import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { contradictions } from './consistency.ts';
import { parseModelConfig, type ModelConfig } from './model-config.ts';
import { ModelError } from './model-error.ts';

export interface VersionEntry {
  /** A positive whole number, as text. */
  readonly version: string;
  /** Absolute path of model.onnx, links resolved. */
  readonly file: string;
  readonly bytes: number;
  /** What model.json says the digest is; undefined when it says nothing. */
  readonly sha256Declared: string | undefined;
}

export interface ModelEntry {
  readonly name: string;
  readonly folder: string;
  /** Without model.json: empty, and the loader completes it from the file. */
  readonly config: ModelConfig;
  /** Class names; their number is checked here when outputs are declared, else it is the loader's to check. */
  readonly labels: readonly string[] | undefined;
  /** Ascending; at least one. */
  readonly versions: readonly VersionEntry[];
  /** As declared, else the highest. */
  readonly defaultVersion: string;
}

/** A model that cannot be served as it lies there. */
export interface UnavailableModel {
  readonly name: string;
  readonly folder: string;
  readonly reason: string;
}

export interface Repository {
  readonly root: string;
  /** By name. */
  readonly models: readonly ModelEntry[];
  readonly unavailable: readonly UnavailableModel[];
}

const MODEL_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const VERSION = /^[1-9]\d{0,8}$/;
/** How the models were made; not a model. */
const EXPORT_FOLDER = 'export';

/** @throws ModelError when the root itself cannot be read. */
export async function scanRepository(folder: string): Promise<Repository> {
  let root: string;
  let entries: Dirent[];
  try {
    root = await realpath(folder);
    entries = await readdir(root, { withFileTypes: true });
  } catch (error) {
    throw new ModelError(
      `The models folder ${folder} cannot be read (${(error as NodeJS.ErrnoException).code}); set --models or ORTOLAN_MODELS.`,
    );
  }
  const models: ModelEntry[] = [];
  const unavailable: UnavailableModel[] = [];
  const names = entries.filter((entry) => isCandidate(entry)).map((entry) => entry.name);
  for (const name of names.sort()) {
    const path = join(root, name);
    try {
      const model = await readModel(root, path, name);
      if (model !== undefined) models.push(model);
    } catch (error) {
      const reason = error instanceof ModelError ? error.message : describe(error);
      unavailable.push({ name, folder: path, reason });
    }
  }
  return { root, models, unavailable };
}

const isCandidate = (entry: Dirent): boolean =>
  (entry.isDirectory() || entry.isSymbolicLink()) &&
  !entry.name.startsWith('.') &&
  entry.name !== EXPORT_FOLDER;

/** Undefined: the folder is no model. */
async function readModel(root: string, path: string, name: string): Promise<ModelEntry | undefined> {
  const folder = await inside(root, path);
  if (!(await stat(folder)).isDirectory()) return undefined;
  const configFile = await insideIfThere(root, join(folder, 'model.json'));
  const found = await findVersions(root, folder);
  if (found.length === 0) {
    if (configFile === undefined) return undefined;
    throw new ModelError(`${path} has a model.json, but no version: there is no <number>/model.onnx in it.`);
  }
  if (!MODEL_NAME.test(name)) {
    throw new ModelError(
      `${path} is no name for a model: it takes letters, digits, _ . and -, begins with a letter or digit, and has at most 64.`,
    );
  }
  const config =
    configFile === undefined ? {} : parseModelConfig(await readFile(configFile, 'utf8'), configFile);
  const labels = config.labels === undefined ? undefined : await readLabels(folder, config.labels);
  const versions = found.map((version) => ({ ...version, sha256Declared: config.sha256?.[version.version] }));
  const faults = contradictions(
    config,
    versions.map(({ version }) => version),
    labels,
  );
  if (faults.length > 0) throw new ModelError(faults.map((fault) => `${configFile}#${fault}`).join('; '));
  const highest = versions.at(-1)?.version ?? '1';
  return { name, folder, config, labels, versions, defaultVersion: String(config.defaultVersion ?? highest) };
}

async function findVersions(root: string, folder: string): Promise<Omit<VersionEntry, 'sha256Declared'>[]> {
  const names = (await readdir(folder)).filter((name) => VERSION.test(name));
  const versions = [];
  for (const version of names.sort((a, b) => Number(a) - Number(b))) {
    const file = await insideIfThere(root, join(folder, version, 'model.onnx'));
    if (file === undefined) continue;
    const facts = await stat(file);
    if (facts.isFile()) versions.push({ version, file, bytes: facts.size });
  }
  return versions;
}

async function readLabels(folder: string, labelFile: string): Promise<string[]> {
  const file = await insideIfThere(folder, join(folder, labelFile));
  if (file === undefined) throw new ModelError(`The labels ${join(folder, labelFile)} do not exist.`);
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '').trimEnd();
  return text.split('\n').map((line) => line.trim());
}

/** The path with all links resolved. @throws ModelError when that leads out of `folder`. */
async function inside(folder: string, path: string): Promise<string> {
  const real = await realpath(path);
  if (real.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return real;
  throw new ModelError(
    `${path} leads out of ${basename(folder)}: what a model needs must lie in its folder.`,
  );
}

async function insideIfThere(folder: string, path: string): Promise<string | undefined> {
  try {
    return await inside(folder, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
