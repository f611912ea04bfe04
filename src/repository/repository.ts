/**
 * The model repository on disk: `<name>/<version>/model.onnx` with `<name>/model.json` beside it. One bad
 * model is reported and does not hide the others; what looks like a model and is not served is a warning. Never
 * reads outside the root, whatever links lie in it, and never loads a model.
 */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { contradictions } from './consistency.ts';
import { readFeatureFile, type FeatureTable } from './feature-file.ts';
import { readLabels } from './model-json/labels.ts';
import { EXPORT_FOLDER, foldersByName, foldersOfOne } from './model-folders.ts';
import { misplacedIn, misplacedInRoot } from './misplaced/misplaced.ts';
import { digestsOf, parseModelConfig, type ModelConfig } from './model-config.ts';
import { ModelError } from './model-error.ts';
import { codeOf, fromRoot, inside, insideIfThere } from './real-path.ts';
import { decoded, readWhole } from './text-file.ts';
import { readReport } from './report.ts';
import type { PublicKey } from './trust/public-keys.ts';
import { sha256, type Trust } from './trust/trust.ts';
import { policyFaults, servedBy } from './model-json/version-policy.ts';
import {
  findVersions,
  findVersionsOfOne,
  isVersion,
  type FoundVersion,
  type VersionEntry,
} from './versions.ts';

export type { VersionEntry };

export interface ModelEntry {
  readonly name: string;
  readonly folder: string;
  /** Without model.json: empty, and the loader completes it from the file. */
  readonly config: ModelConfig;
  /** Class names; their number is checked here when outputs are declared, else it is the loader's to check. */
  readonly labels: readonly string[] | undefined;
  /** Values of features in a file of the folder; left out where model.json names none. */
  readonly featureTable?: FeatureTable | undefined;
  /** Those that are served, ascending; at least one version on disk is without a fault. */
  readonly versions: readonly VersionEntry[];
  /** Versions on disk that versionPolicy does not serve, ascending. */
  readonly withheld: readonly string[];
  /** As declared, else the highest, even if that one has a fault. */
  readonly defaultVersion: string;
}

/** A model that cannot be served as it lies there. */
export interface UnavailableModel {
  readonly name: string;
  readonly folder: string;
  /** Paths in it are below the root. */
  readonly reason: string;
}

/** Something that looks like a model or a version of one, and is passed over. */
export interface ScanWarning {
  /** Absolute path of the model's folder, or of the root. */
  readonly folder: string;
  /** What is passed over, why, and what to rename; paths in it are below `folder`. */
  readonly reason: string;
}

export interface Repository {
  readonly root: string;
  /** By name. */
  readonly models: readonly ModelEntry[];
  readonly unavailable: readonly UnavailableModel[];
  readonly warnings: readonly ScanWarning[];
}

const MODEL_NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
/** Warnings of one folder; the rest are counted. */
const MAX_WARNINGS = 5;

/**
 * `modelName`: the folder is of one model, which gets this name, or holds the folder of one. `trust`: signatures are verified.
 * @throws ModelError when the root itself, or a public key, cannot be read.
 */
export async function scanRepository(folder: string, modelName?: string, trust?: Trust): Promise<Repository> {
  const judge = trust && { trust, keys: trust.keys(), isNamedByFolder: modelName === undefined };
  let root: string;
  let entries: Dirent[];
  try {
    root = await realpath(folder);
    entries = await readdir(root, { withFileTypes: true });
  } catch (error) {
    throw new ModelError(
      `The models folder ${folder} cannot be read (${codeOf(error)}); set --models or ORTOLAN_MODELS.`,
    );
  }
  const byName = foldersByName(root, entries);
  const folders = modelName === undefined ? byName : await foldersOfOne(root, byName, modelName);
  const models: ModelEntry[] = [];
  const unavailable: UnavailableModel[] = [];
  // Files in the folder of a model are that model's.
  const besides = folders.some(({ path }) => path === root) ? [] : misplacedInRoot(entries);
  const warnings = besides.map((reason) => ({ folder: root, reason }));
  for (const { name, path } of folders) {
    try {
      const { model, passedOver } = await readModel(root, path, name, judge);
      if (model !== undefined) models.push(model);
      warnings.push(...shortened(passedOver).map((reason) => ({ folder: path, reason })));
    } catch (error) {
      const reason = error instanceof ModelError ? error.message : describe(error);
      unavailable.push({ name, folder: path, reason: fromRoot(root, reason) });
    }
  }
  return { root, models, unavailable, warnings };
}

const shortened = (reasons: readonly string[]): readonly string[] =>
  reasons.length <= MAX_WARNINGS
    ? reasons
    : [...reasons.slice(0, MAX_WARNINGS), `there are ${reasons.length - MAX_WARNINGS} more like these`];

interface Read {
  /** Undefined: the folder is no model. */
  readonly model?: ModelEntry;
  /** A sentence for each thing in the folder that looks like a model and is not served. */
  readonly passedOver: readonly string[];
}

/** By whom versions have to be signed, at this look. */
interface Judge {
  readonly trust: Trust;
  readonly keys: readonly PublicKey[];
  readonly isNamedByFolder: boolean;
}

async function readModel(root: string, path: string, name: string, judge: Judge | undefined): Promise<Read> {
  const folder = path === root ? root : await inside(root, path);
  if (!(await stat(folder)).isDirectory()) return { passedOver: [] };
  const configFile = await insideIfThere(root, join(folder, 'model.json'));
  const found = await (folder === root ? findVersionsOfOne(root) : findVersions(root, folder));
  if (path !== root && basename(path) === EXPORT_FOLDER)
    return { passedOver: found.length === 0 ? [] : [RESERVED] };
  const flat = found.some(({ file }) => dirname(file) === folder);
  const versions = found.map(({ version }) => version);
  const passedOver = flat ? [] : await misplacedIn(folder, versions);
  if (found.length === 0) {
    if (configFile === undefined)
      return { passedOver: isVersion(name) ? passedOver.map(tooHigh) : passedOver };
    const why = passedOver.length === 0 ? 'there is no <number>/model.onnx in it' : passedOver.join('; ');
    throw new ModelError(`${path} has a model.json, but no version: ${why}.`);
  }
  if (!MODEL_NAME.test(name)) {
    throw new ModelError(
      `${path} is no name for a model: it takes letters, digits, _ . and -, begins with a letter or digit, and has at most 64.`,
    );
  }
  return { model: await readEntry({ name, folder, configFile, found }, judge), passedOver };
}

const RESERVED = 'the name export is kept for the programs that made the models: rename the folder';

/** --models probably names the folder of one model. */
const tooHigh = (reason: string): string =>
  `${reason} (or is this a version, and the folder above it the model? Then --models is one folder higher)`;

interface FoundModel {
  readonly name: string;
  readonly folder: string;
  readonly configFile: string | undefined;
  readonly found: readonly FoundVersion[];
}

/** @throws ModelError when model.json or the labels are wrong, or no version has a file that can be used */
async function readEntry(model: FoundModel, judge: Judge | undefined): Promise<ModelEntry> {
  const { name, folder, configFile } = model;
  requireOneGood(model.found);
  const read = new Map<string, string>();
  const textAt = async (file: string, real: string): Promise<string> => {
    const bytes = await readWhole(real);
    if (judge !== undefined) read.set(file, sha256(bytes));
    return decoded(real, bytes);
  };
  const config =
    configFile === undefined
      ? {}
      : parseModelConfig(await textAt(join(folder, 'model.json'), configFile), configFile);
  const labels = config.labels === undefined ? undefined : await readLabels(folder, config.labels, textAt);
  const featureTable = await readFeatureFile(folder, config.features, textAt);
  const found = judge === undefined ? model.found : await judged(model, read, judge);
  requireOneGood(found);
  const { versionPolicy = 'all' } = config;
  const numbers = found.map(({ version }) => version);
  const served = servedBy(versionPolicy, numbers);
  const faults = [
    ...policyFaults(versionPolicy, numbers),
    ...contradictions(config, { served, onDisk: numbers }, labels),
  ];
  if (faults.length > 0) throw new ModelError(faults.map((fault) => `${configFile}#${fault}`).join('; '));
  return {
    name,
    folder,
    config,
    labels,
    ...(featureTable && { featureTable }),
    versions: await Promise.all(
      found
        .filter(({ version }) => served.includes(version))
        .map(async (version) => {
          const report = await readReport(version.file, version.root);
          const sha256Declared = digestsOf(config, version.version);
          return { ...version, sha256Declared, ...(report !== undefined && { report }) };
        }),
    ),
    withheld: numbers.filter((version) => !served.includes(version)),
    defaultVersion: String(config.defaultVersion ?? served.at(-1)),
  };
}

/** @throws ModelError when every version has a fault */
function requireOneGood(found: readonly FoundVersion[]): void {
  const faulty = found.flatMap(({ fault }) => fault ?? []);
  if (faulty.length === found.length) throw new ModelError(faulty.join(' '));
}

/** The versions with what they are signed as; a fault for those that are not trusted. */
function judged(
  { name, folder, found }: FoundModel,
  read: ReadonlyMap<string, string>,
  { trust, keys, isNamedByFolder }: Judge,
): Promise<(FoundVersion & Pick<VersionEntry, 'signed'>)[]> {
  const model = { name, folder, isNamedByFolder, read };
  return Promise.all(
    found.map(async (version) => {
      if (version.fault !== undefined) return version;
      try {
        const signed = await trust.signed(version, model, keys);
        return signed === undefined ? version : { ...version, signed };
      } catch (error) {
        if (error instanceof ModelError) return { ...version, fault: error.message };
        throw error;
      }
    }),
  );
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
