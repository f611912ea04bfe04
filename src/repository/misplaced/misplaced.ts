/** Files and folders that look like a version of a model, but are not where the server looks for one. */
import type { Dirent } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isOnnx, otherFormat } from './formats.ts';
import { entriesOf, findModelFiles } from './model-files.ts';
import { isVersion, MODEL_FILE } from '../versions.ts';

/** Names that people give to versions: v1, 01, 2-int8, latest. */
const LIKE_A_VERSION =
  /^(v|ver|version)?[-_.]?\d+([-_.].*)?$|^(latest|current|stable|default|prod|production)$/i;

/** Configuration of other servers, and misspelt names of model.json. */
const LIKE_A_CONFIG = /^config\.pbtxt$|^model\.(jsonc?|json5|ya?ml|toml)$/i;
const CONFIG_FILE = 'model.json';

/** A path below the folder of the model, by its names. */
type Path = readonly string[];

/**
 * Returns a sentence for each folder or file that is passed over: what it is, why, and what to rename. Paths are relative
 * to `folder`. `versions`: those that were found. When there are some, only files directly in `folder` and folders that are
 * named like a version are reported: other folders may be backups.
 */
export async function misplacedIn(folder: string, versions: readonly string[]): Promise<string[]> {
  const entries = await entriesOf(folder);
  const numbers = entries.filter((entry) => !entry.isFile() && isVersion(entry.name)).map(({ name }) => name);
  const files = Map.groupBy(await findModelFiles(folder), (path) => (path.length === 1 ? '' : path[0]!));
  const found: string[] = [];
  const empty: string[] = [];
  for (const version of numbers.filter((number) => !versions.includes(number))) {
    const fault = await faultOfVersion(folder, version, files.get(version) ?? []);
    if (fault === undefined) empty.push(`${version} has no ${MODEL_FILE}`);
    else found.push(fault);
  }
  for (const [name, paths] of files) {
    if (isVersion(name)) continue;
    if (versions.length > 0 && !isMeant(name, paths[0]!)) continue;
    const fault =
      name === '' ? faultOfFiles(paths, freeOf(numbers)) : faultOfFolder(folder, paths[0]!, numbers);
    found.push(await fault);
  }
  if (versions.length + found.length === 0) return [];
  const configs = entries.filter(({ name }) => LIKE_A_CONFIG.test(name) && name !== CONFIG_FILE);
  return [
    ...found,
    ...empty,
    ...configs.map(({ name }) => `${name} is not read: settings go into ${CONFIG_FILE}`),
  ];
}

/** The same for files directly in the models folder. */
export function misplacedInRoot(entries: readonly Dirent[]): string[] {
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const onnx = names.filter((name) => isOnnx(name));
  if (onnx.length > 0) {
    const verb = onnx.length === 1 ? 'is' : 'are';
    return [
      `${some(onnx)} ${verb} directly in the models folder: move each to <name of the model>/1/${MODEL_FILE}`,
    ];
  }
  const other = names.find((name) => otherFormat(name) !== undefined);
  return other === undefined ? [] : [formatFault([other])];
}

/** Whether a model file beside good versions was probably meant to be a version. */
const isMeant = (folder: string, path: Path): boolean =>
  isOnnx(path.at(-1)!) && (folder === '' || LIKE_A_VERSION.test(folder));

/** The number after the highest one that is taken. */
const freeOf = (numbers: readonly string[]): number => Math.max(0, ...numbers.map(Number)) + 1;

/** Why a folder with a version's number has no usable model.onnx; undefined when it holds no model file at all. */
async function faultOfVersion(
  folder: string,
  version: string,
  paths: readonly Path[],
): Promise<string | undefined> {
  const file = join(folder, version, MODEL_FILE);
  if (await exists(lstat(file))) {
    const what = (await exists(stat(file))) ? 'not a file' : 'a link that leads nowhere';
    return `${version}/${MODEL_FILE} is ${what}`;
  }
  const [first] = paths;
  if (first === undefined) return undefined;
  if (!isOnnx(first.at(-1)!)) return formatFault(first);
  if (first.length > 2) return `${first.join('/')} is too deep: move it to ${version}/${MODEL_FILE}`;
  const names = paths.filter((path) => path.length === 2 && isOnnx(path[1]!)).map((path) => path[1]!);
  return names.length === 1
    ? `${version} has no ${MODEL_FILE}: rename ${names[0]} in it to ${MODEL_FILE}`
    : `${version} has no ${MODEL_FILE}: rename one of ${some(names)} to ${MODEL_FILE}`;
}

/** Model files directly in the folder of the model. */
function faultOfFiles(paths: readonly Path[], free: number): string {
  const names = paths.map(([name]) => name!).filter((name) => isOnnx(name));
  if (names.length === 0) return formatFault(paths[0]!);
  const [name] = names;
  if (names.length === 1) return `${name} is not in a version folder: move it to ${free}/${MODEL_FILE}`;
  return `${some(names)} are not in version folders: each model needs a folder of its own, with 1/${MODEL_FILE} in it`;
}

/** A folder that holds model files and is not named with a version number. */
async function faultOfFolder(model: string, path: Path, numbers: readonly string[]): Promise<string> {
  const [folder, below, file] = path as [string, string, string?];
  if (!isOnnx(path.at(-1)!)) return formatFault(path);
  if (file !== undefined) {
    const isModel = path.length === 3 && isVersion(below) && file === MODEL_FILE;
    return isModel
      ? `${folder} is a model one folder too deep: move it up into the models folder`
      : `${path.join('/')} is too deep: move it to ${freeOf(numbers)}/${MODEL_FILE}`;
  }
  const linked = basename(await realpath(join(model, folder)));
  if (linked !== folder && numbers.includes(linked)) {
    return `${folder} is a link to ${linked}: write "versionLabels": {"${folder}": ${linked}} in ${CONFIG_FILE} instead`;
  }
  const digits = String(Number(/\d+/.exec(folder)?.[0] ?? 0));
  const number = isVersion(digits) && !numbers.includes(digits) ? digits : freeOf(numbers);
  const rename = below === MODEL_FILE ? '' : `, and ${below} in it to ${MODEL_FILE}`;
  const label = /\d/.test(folder) ? '' : ` (its name may be a label: versionLabels in ${CONFIG_FILE})`;
  return `${folder} is not a version, because versions are whole numbers such as 1: rename it to ${number}${rename}${label}`;
}

const formatFault = (path: Path): string => `${path.join('/')} is not ONNX, but ${otherFormat(path.at(-1)!)}`;

/** The first three names, and how many more there are. */
const some = (names: readonly string[]): string =>
  names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');

const exists = (facts: Promise<unknown>): Promise<boolean> =>
  facts.then(
    () => true,
    () => false,
  );
