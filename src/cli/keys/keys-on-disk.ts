/**
 * Changes the file of API keys: under a lock, so that of two commands neither loses what the other has written, and by one
 * rename, so that a server that reads it meanwhile finds the old keys or the new ones.
 */
import { constants, existsSync, realpathSync } from 'node:fs';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemClock } from '../../clock.ts';
import { KeyFileError } from '../../config/secrets/key-file.ts';
import { readKeys } from '../../guard/keys/live-keys.ts';
import { textOfKeys, type Row } from '../../guard/keys/keys-file.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import type { Terminal } from '../terminal.ts';

const OWNER_ONLY = 0o600;
/** What others than owner and group may do. */
const OTHERS = 0o007;

const LOCK_WAIT_MS = 5000;
const LOCK_RETRY_MS = 50;

/** The file that the command is about: --file, else the one that the server is configured with. @throws CliError */
export function keysFileOf(typed: Readonly<Record<string, unknown>>, terminal: Terminal): string {
  if (typeof typed['file'] === 'string' && typed['file'] !== '') return resolve(terminal.cwd, typed['file']);
  const { apiKeysFile } = configOf({}, terminal).config;
  if (apiKeysFile !== undefined) return apiKeysFile;
  throw new CliError(2, 'say which file: --file keys.json, or ORTOLAN_API_KEYS_FILE.');
}

/** The keys in the file. @throws CliError when it cannot be used */
export function keysIn(file: string): readonly Row[] {
  try {
    return readKeys(file);
  } catch (error) {
    if (error instanceof KeyFileError) throw new CliError(1, error.message);
    throw error;
  }
}

/** Replaces the keys in the file, which need not exist, by those that `change` returns. @throws CliError */
export async function changeKeys(
  file: string,
  change: (keys: readonly Row[]) => readonly Row[],
): Promise<void> {
  // Of a link, what it leads to is replaced.
  const target = existsSync(file) ? realpathSync(file) : file;
  try {
    const unlock = await lock(`${target}.lock`);
    try {
      await replace(target, textOfKeys(change(existsSync(target) ? keysIn(target) : [])));
    } finally {
      await unlock();
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(1, `${file} cannot be written: ${(error as Error).message}.`);
  }
}

async function lock(path: string): Promise<() => Promise<void>> {
  const until = systemClock.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      const handle = await open(path, 'wx', OWNER_ONLY);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (systemClock.now() >= until) {
      const holder = await readFile(path, 'utf8').catch(() => '');
      throw new CliError(
        1,
        `another command is changing the keys${holder === '' ? '' : ` (process ${holder})`}. If there is none, it was killed: remove ${path}.`,
      );
    }
    await new Promise<void>((done) => void systemClock.after(LOCK_RETRY_MS, done));
  }
}

async function replace(file: string, text: string): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  const part = join(dirname(file), `.${basename(file)}.${process.pid}`);
  try {
    const handle = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, OWNER_ONLY);
    try {
      await handle.writeFile(text);
      if (before !== undefined) await likeBefore(handle, before);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** The server may read it by its group: that stays. */
async function likeBefore(
  handle: FileHandle,
  { mode, uid, gid }: { readonly mode: number; readonly uid: number; readonly gid: number },
): Promise<void> {
  const mine = await handle.stat();
  if (mine.uid !== uid || mine.gid !== gid) await handle.chown(uid, gid);
  await handle.chmod(mode & 0o777 & ~OTHERS);
}
