/**
 * `ortolan models encrypt`: a copy of a model whose weights are encrypted. The model itself stays as it is, and what the copy
 * has in plain is model.json, the class names and the golden samples.
 */
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { encryptFile, newSet } from '../../cipher/encrypt.ts';
import { CipherError, ENCRYPTED_SUFFIX, keyIdOf } from '../../cipher/format.ts';
import { GOLDEN_FOLDER } from '../../repository/golden/samples.ts';
import { ModelError } from '../../repository/model-error.ts';
import { readKey } from '../../repository/trust/model-keys.ts';
import type { ModelEntry, VersionEntry } from '../../repository/repository.ts';
import { filesOf } from '../../repository/version-files.ts';
import { isEncrypted } from '../../repository/versions.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { chosen, faultsOf, report, scan, versionsOf, type Chosen } from './on-disk.ts';

/** @throws CliError with exit code 1 when the key, a version or the target cannot be used */
export async function encryptModel(
  { name, version: only }: Chosen,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { config } = configOf(typed, terminal);
  const { models, unavailable, warnings } = chosen(await scan(config), name);
  const unusable = [...unavailable, ...models.flatMap(faultsOf)];
  report({ unusable, warnings }, terminal);
  const [entry] = models;
  if (unusable.length > 0 || entry === undefined) throw new CliError(1, 'Nothing was encrypted.');
  const at = (path: unknown): string => resolve(terminal.cwd, String(path));
  const target = join(at(typed['to']), entry.name);
  if (await exists(target)) throw new CliError(1, `${target} is there already: take it away, or give another folder.`);
  try {
    const key = readKey(at(typed['keyFile']));
    const made = `${target}.part`;
    await rm(made, { recursive: true, force: true });
    await copyPlain(entry, made);
    for (const version of versionsOf(entry, only)) await encryptVersion(version, made, key);
    await rename(made, target);
    terminal.out(printable(`${entry.name} is in ${target}, encrypted with the key ${keyIdOf(key)}.`));
  } catch (error) {
    const isExpected =
      error instanceof ModelError || error instanceof CipherError || typeof (error as NodeJS.ErrnoException).code === 'string';
    if (isExpected) throw new CliError(1, (error as Error).message);
    throw error;
  }
}

/** Digests of plain files do not hold for the encrypted ones. */
async function copyPlain({ folder, config }: ModelEntry, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const names = [...(config.labels === undefined ? [] : [config.labels]), GOLDEN_FOLDER];
  for (const name of names) {
    if (await exists(join(folder, name)))
      await cp(join(folder, name), join(target, name), { recursive: true, dereference: true });
  }
  const file = join(folder, 'model.json');
  if (!(await exists(file))) return;
  const { sha256, ...rest } = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')) as ModelEntry['config'];
  if (sha256 === undefined) await cp(file, join(target, 'model.json'), { dereference: true });
  else await writeFile(join(target, 'model.json'), `${JSON.stringify(rest, null, 2)}\n`);
}

async function encryptVersion(version: VersionEntry, target: string, key: Uint8Array): Promise<void> {
  if (isEncrypted(version)) throw new ModelError(`${version.file} is encrypted already.`);
  const folder = dirname(version.file);
  const to = join(target, version.version);
  const set = newSet();
  for (const { name, path } of await filesOf(version)) {
    const encrypted = `${join(to, relative(folder, path))}${ENCRYPTED_SUFFIX}`;
    await mkdir(dirname(encrypted), { recursive: true });
    await encryptFile({ source: path, target: encrypted, name }, key, set);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
