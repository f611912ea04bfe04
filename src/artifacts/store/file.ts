/**
 * A folder as a store: a disk that several machines share, or one of this machine. Nothing is there half: every object is
 * written beside its place and renamed.
 *
 * Objects of the first level, which are those that writers replace, are numbered files: `index.json@7` is replaced by making
 * `index.json@8`, which only one writer can, and whatever has the highest number counts. There is no lock that a writer which
 * dies could leave behind.
 */
import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../disk/make-folder.ts';
import { ArtifactError } from '../artifact-error.ts';
import { changedHere, type Content } from './content.ts';
import type { Condition, GetOptions, Got, Listed, ObjectStore, Tag } from './store.ts';

/** Names of what is not an object yet. */
const ASIDE = '.ortolan-';
const NUMBERED = /^(.+)@(\d{1,15})$/;
/** Numbers below the highest that stay, for who has just looked which one that is. */
const KEPT = 8;
/** Times that others may be in the way of a read, or of a write without a condition. */
const ROUNDS = 20;

interface Found {
  readonly path: string;
  readonly bytes: number;
  readonly writtenAt: number;
  readonly tag: Tag;
}

export class FileStore implements ObjectStore {
  readonly address: string;
  readonly keepsConditions = true;
  readonly #root: string;

  /** `root`: absolute path. */
  constructor(root: string) {
    this.#root = root;
    this.address = `file://${root}`;
  }

  async get(
    key: string,
    { from = 0, unless, signal }: GetOptions = {},
  ): Promise<Got | 'unchanged' | undefined> {
    const found = await this.#find(key);
    if (found === undefined) return undefined;
    const { path, bytes, tag } = found;
    if (unless !== undefined && unless === tag) return 'unchanged';
    const stream = createReadStream(path, { start: from, ...(signal && { signal }) });
    return { from, bytes, tag, pieces: stream as AsyncIterable<Uint8Array> };
  }

  async put(key: string, content: Content, condition?: Condition): Promise<Tag> {
    const path = join(this.#root, key);
    const written = join(dirname(path), `${ASIDE}${randomBytes(8).toString('hex')}`);
    try {
      makeFolder(dirname(path));
      // Whoever deleted the last object of the folder may have taken it away meanwhile.
      await write(written, content).catch(async (error: unknown) => {
        if (!isMissing(error)) throw error;
        makeFolder(dirname(path));
        await write(written, content);
      });
      if (isNumbered(key)) return await this.#putNumbered(key, written, condition);
      if (condition === undefined) await rename(written, path);
      else if (condition === 'nothing') await link(written, path);
      else throw new ArtifactError('invalid', `${key} is named by its content, which is never another.`);
      return (await this.#find(key))?.tag ?? '';
    } catch (error) {
      if (codeOf(error) === 'EEXIST') throw changed(path);
      throw failed(error, path);
    } finally {
      await rm(written, { force: true });
    }
  }

  async head(key: string): Promise<{ readonly bytes: number; readonly tag: Tag } | undefined> {
    const found = await this.#find(key);
    return found && { bytes: found.bytes, tag: found.tag };
  }

  async *list(prefix: string): AsyncGenerator<Listed> {
    const keys = await this.#keys().catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw failed(error, this.#root);
    });
    for (const key of [...new Set(keys)].filter((one) => one.startsWith(prefix)).sort()) {
      const found = await this.#find(key);
      if (found !== undefined) yield { key, bytes: found.bytes, writtenAt: found.writtenAt };
    }
  }

  async copy(from: string, to: string): Promise<void> {
    const path = join(this.#root, to);
    const written = join(dirname(path), `${ASIDE}${randomBytes(8).toString('hex')}`);
    try {
      makeFolder(dirname(path));
      await copyFile(join(this.#root, from), written, constants.COPYFILE_FICLONE);
      await rename(written, path);
    } catch (error) {
      if (isMissing(error)) throw new ArtifactError('missing', `There is no ${from} in ${this.address}.`);
      throw failed(error, path);
    } finally {
      await rm(written, { force: true });
    }
  }

  async delete(key: string): Promise<void> {
    const path = join(this.#root, key);
    try {
      const numbers = isNumbered(key) ? await this.#numbers(key) : [];
      for (const number of numbers) await rm(`${path}@${number}`, { force: true });
      await rm(path, { force: true });
    } catch (error) {
      throw failed(error, path);
    }
    // Folders are not objects: an empty one is taken away with the last object in it.
    for (let folder = dirname(path); folder.startsWith(`${this.#root}/`); folder = dirname(folder)) {
      const isGone = await rmdir(folder).then(
        () => true,
        () => false,
      );
      if (!isGone) return;
    }
  }

  async close(): Promise<void> {}

  async #find(key: string): Promise<Found | undefined> {
    for (let round = 1; ; round++) {
      const number = isNumbered(key) ? (await this.#numbers(key)).at(-1) : undefined;
      if (number === undefined && isNumbered(key)) return undefined;
      const path = join(this.#root, number === undefined ? key : `${key}@${number}`);
      try {
        const { size, mtimeMs } = await stat(path);
        return { path, bytes: size, writtenAt: mtimeMs, tag: String(number ?? `${size}-${mtimeMs}`) };
      } catch (error) {
        if (!isMissing(error)) throw failed(error, path);
        // It was the highest number a moment ago.
        if (number === undefined || round === ROUNDS) return undefined;
      }
    }
  }

  /** Of a key of the first level, ascending. */
  async #numbers(key: string): Promise<number[]> {
    const names = await readdir(this.#root).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw failed(error, this.#root);
    });
    const numbers = names.map((name) => NUMBERED.exec(name)).filter((match) => match?.[1] === key);
    return numbers.map((match) => Number(match![2])).sort((a, b) => a - b);
  }

  /** Every object once, or several times where it is numbered. */
  async #keys(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && !entry.name.startsWith(ASIDE))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#root.length + 1))
      .map((name) => (isNumbered(name) ? (NUMBERED.exec(name)?.[1] ?? name) : name));
  }

  /** A link is made only where nothing has its name. */
  async #putNumbered(key: string, written: string, condition: Condition | undefined): Promise<Tag> {
    for (let round = 1; ; round++) {
      const highest = (await this.#numbers(key)).at(-1) ?? 0;
      const base = condition === undefined ? highest : condition === 'nothing' ? 0 : Number(condition.tag);
      const place = join(this.#root, `${key}@${base + 1}`);
      if (base !== highest) throw changed(place);
      try {
        await link(written, place);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || condition !== undefined || round === ROUNDS) throw error;
        continue;
      }
      const numbers = await this.#numbers(key);
      // The number may have been there, and have been cleared away since by those who went on from it.
      if (numbers.at(-1) !== base + 1) {
        await rm(place, { force: true });
        throw changed(place);
      }
      for (const number of numbers.filter((one) => one <= base + 1 - KEPT)) {
        await rm(join(this.#root, `${key}@${number}`), { force: true });
      }
      return String(base + 1);
    }
  }
}

const isNumbered = (key: string): boolean => !key.includes('/');

async function write(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx', 0o644);
  try {
    const hash = createHash('sha256');
    for await (const piece of content.open()) {
      hash.update(piece as Buffer);
      await file.appendFile(piece as Buffer);
    }
    if (hash.digest('hex') !== content.sha256) throw changedHere();
    await file.sync();
  } finally {
    await file.close();
  }
}

function failed(error: unknown, path: string): Error {
  if (error instanceof ArtifactError) return error;
  const why = codeOf(error) ?? String(error);
  return new ArtifactError('unreachable', `${path} cannot be used (${why}).`, { cause: error });
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;
const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
const changed = (path: string): ArtifactError =>
  new ArtifactError('changed', `${path} was written by somebody else meanwhile.`);
