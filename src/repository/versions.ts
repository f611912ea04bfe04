/** Finds the versions in the folder of a model: `<number>/model.onnx`, or `model.onnx.enc`. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ENCRYPTED_SUFFIX } from '../cipher/format.ts';
import { ModelError } from './model-error.ts';
import { codeOf, inside, insideIfThere } from './real-path.ts';
import type { Report } from './report.ts';
import type { Signed } from './trust/signed.ts';

export interface VersionEntry {
  /** A positive whole number, as text. */
  readonly version: string;
  /**
   * Absolute path of model.onnx, or of model.onnx.enc. Its folder has no links; the file itself may be one, because the weights beside it are
   * found by the folder of the link.
   */
  readonly file: string;
  /** Absolute path of the models folder, without links: no file of the version may lie outside. */
  readonly root: string;
  /** Size of model.onnx. */
  readonly bytes: number;
  /** What model.json says the sha256 of each file is, by its name; undefined when it says nothing. */
  readonly sha256Declared: Readonly<Record<string, string>> | undefined;
  /** Why the file cannot be used; found without loading it. */
  readonly fault?: string;
  /** What the signature beside it says; undefined when it has none, or none is asked for. */
  readonly signed?: Signed;
  /** How it was made and judged; undefined where no report lies beside it. */
  readonly report?: Report;
}

export type FoundVersion = Omit<VersionEntry, 'sha256Declared' | 'signed' | 'report'>;

const VERSION = /^[1-9]\d{0,8}$/;

/** Name of the model file in the folder of a version. */
export const MODEL_FILE = 'model.onnx';

/** The same where it is encrypted. */
export const ENCRYPTED_MODEL_FILE = `${MODEL_FILE}${ENCRYPTED_SUFFIX}`;

export const isEncrypted = ({ file }: Pick<VersionEntry, 'file'>): boolean => file.endsWith(ENCRYPTED_SUFFIX);

export const isVersion = (name: string): boolean => VERSION.test(name);

/**
 * In ascending order. A version whose file cannot be read, or leads out of `root`, is returned with a fault: the other
 * versions stay usable, and none of them takes its place.
 */
export async function findVersions(root: string, folder: string): Promise<FoundVersion[]> {
  const names = (await readdir(folder)).filter((name) => isVersion(name));
  const versions = [];
  for (const version of names.sort((a, b) => Number(a) - Number(b))) {
    const found = await findVersion(root, join(folder, version), version);
    if (found !== undefined) versions.push(found);
  }
  return versions;
}

/**
 * The same of a folder that is the whole repository: without `<number>/model.onnx`, a model.onnx that lies directly in it is
 * version 1.
 */
export async function findVersionsOfOne(root: string): Promise<FoundVersion[]> {
  const found = await findVersions(root, root);
  return found.length > 0 ? found : toList(await findVersion(root, root, '1'));
}

const toList = (version: FoundVersion | undefined): FoundVersion[] =>
  version === undefined ? [] : [version];

async function findVersion(root: string, folder: string, version: string): Promise<FoundVersion | undefined> {
  const [plain, encrypted] = [
    await findFile(root, join(folder, MODEL_FILE), version),
    await findFile(root, join(folder, ENCRYPTED_MODEL_FILE), version),
  ];
  if (plain === undefined || encrypted === undefined) return plain ?? encrypted;
  const fault = `${plain.file} is there beside ${ENCRYPTED_MODEL_FILE}: take one of them away.`;
  return { ...encrypted, fault };
}

async function findFile(root: string, path: string, version: string): Promise<FoundVersion | undefined> {
  try {
    const real = await insideIfThere(root, path);
    if (real === undefined) return undefined;
    const facts = await stat(real);
    if (!facts.isFile()) return undefined;
    return { version, file: join(await folderOf(root, path), basename(path)), root, bytes: facts.size };
  } catch (error) {
    const fault = error instanceof ModelError ? error.message : `${path} cannot be read (${codeOf(error)}).`;
    return { version, file: path, root, bytes: 0, fault };
  }
}

/** Without links. */
async function folderOf(root: string, path: string): Promise<string> {
  const folder = dirname(path);
  return folder === root ? root : inside(root, folder);
}
