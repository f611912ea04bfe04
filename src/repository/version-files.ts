/** The files of a version: model.onnx and those beside it that it takes weights from. Reads no weights. */
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { ENCRYPTED_SUFFIX } from '../cipher/format.ts';
import { externalFiles, ExternalDataError } from '../onnx/external-data.ts';
import { otherThanOnnx } from '../onnx/other-files.ts';
import { ModelError } from './model-error.ts';
import { codeOf, inside } from './real-path.ts';
import { isEncrypted, type VersionEntry } from './versions.ts';

/** A file of a version. */
export interface VersionFile {
  /** Relative to the folder of the version, with `/`: `model.onnx`. */
  readonly name: string;
  readonly path: string;
}

/**
 * The files of a version, model.onnx first and the others by name. Blocks while it reads the graph, without its weights.
 * @throws ModelError when one of them is not there, is no file, or lies outside of the repository; when model.onnx is no
 * ONNX or is cut off; when the scan has found that it cannot be used
 */
export async function filesOf(version: VersionEntry): Promise<VersionFile[]> {
  const { file, fault } = version;
  if (fault !== undefined) throw new ModelError(fault);
  const folder = dirname(file);
  const others = isEncrypted(version) ? await encryptedBeside(file) : namedBy(file);
  for (const path of others) await requireUsable(version, path);
  return [file, ...others].map((path) => ({ name: relative(folder, path).replaceAll('\\', '/'), path }));
}

/** What an encrypted model takes weights from is not known before it is opened: all that are encrypted count. */
async function encryptedBeside(file: string): Promise<string[]> {
  const folder = dirname(file);
  const names = await readdir(folder, { recursive: true });
  const others = names.map((name) => join(folder, name)).filter((path) => path.endsWith(ENCRYPTED_SUFFIX));
  return others.filter((path) => path !== file).sort();
}

function namedBy(file: string): string[] {
  try {
    const other = otherThanOnnx(file);
    if (other !== undefined) throw new ModelError(`${file} ${other}`);
    return externalFiles(file);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    if (error instanceof ExternalDataError) throw new ModelError(`${error.message}.`);
    throw new ModelError(`${file} cannot be read (${codeOf(error)}).`);
  }
}

/** Checks a file with weights. */
async function requireUsable({ file, root }: VersionEntry, path: string): Promise<void> {
  let real: string;
  try {
    real = await inside(root, path);
    if (!(await stat(real)).isFile())
      throw new ModelError(`${path}, with weights of ${file}, is not a file.`);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(
      codeOf(error) === 'ENOENT'
        ? `${file} takes weights from ${path}, which ${await missing(path)}: copy it there.`
        : `${path}, with weights of ${file}, cannot be read (${codeOf(error)}).`,
    );
  }
  await requireReachable(file, path, real, root);
}

async function missing(path: string): Promise<string> {
  const target = await readlink(path).catch(() => undefined);
  return target === undefined ? 'is not there' : `is a link to ${target}, where nothing is`;
}

/**
 * onnxruntime takes weights from the folder of model.onnx, and where that is a link, also from the folder that it leads
 * to: as the caches of model hubs have it, where both are links into one folder.
 */
async function requireReachable(file: string, path: string, real: string, root: string): Promise<void> {
  const folders = [dirname(file), dirname(await inside(root, file))];
  if (folders.some((folder) => isBelow(folder, real))) return;
  const target = await readlink(path).catch(() => real);
  const link = (await lstat(file)).isSymbolicLink() ? 'another folder than model.onnx' : 'another folder';
  throw new ModelError(
    `${path} is a link to ${target}, in ${link}, and weights are not read from there: put the file itself in its place, ` +
      `or make model.onnx a link into the same folder.`,
  );
}

function isBelow(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below !== '..' && !below.startsWith(`..${sep}`);
}
