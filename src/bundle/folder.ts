/**
 * The folder of a bundle. It is written beside its place, each file with its size and digest noted, and takes its place when it is
 * whole: whoever looks finds all of it or nothing.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { BundleError } from './bundle-error.ts';

export interface BundledFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export class BundleFolder {
  readonly #target: string;
  readonly #made: string;
  readonly #files: BundledFile[] = [];

  private constructor(target: string) {
    this.#target = target;
    this.#made = `${target}.part`;
  }

  /** Begins one. @throws BundleError when something is in its place */
  static async at(target: string): Promise<BundleFolder> {
    if (await isThere(target))
      throw new BundleError(`${target} is there already: take it away, or give another folder.`);
    const folder = new BundleFolder(target);
    await rm(folder.#made, { recursive: true, force: true });
    await mkdir(folder.#made, { recursive: true });
    return folder;
  }

  /** Where it lies until it is whole. */
  get path(): string {
    return this.#made;
  }

  /** So far, in the order in which they were added. */
  get files(): readonly BundledFile[] {
    return this.#files;
  }

  /** Where a file lies until the folder is whole; its own folder is made. */
  async #placeOf(path: string): Promise<string> {
    const place = join(this.#made, path);
    if (relative(this.#made, place).split(sep)[0] === '..')
      throw new BundleError(`${path} leads out of the bundle.`);
    await mkdir(dirname(place), { recursive: true });
    return place;
  }

  async add(path: string, content: string | Uint8Array): Promise<BundledFile> {
    await this.put(path, content);
    return this.note(path);
  }

  /** Writes a file that is not noted. */
  async put(path: string, content: string | Uint8Array): Promise<void> {
    await writeFile(await this.#placeOf(path), content);
  }

  /** Copies a file, or what a link leads to. */
  async copy(path: string, from: string): Promise<BundledFile> {
    await cp(from, await this.#placeOf(path), { dereference: true });
    return this.note(path);
  }

  /** Notes a file that is there already. */
  async note(path: string): Promise<BundledFile> {
    const content = await readFile(join(this.#made, path));
    const sha256 = createHash('sha256').update(content).digest('hex');
    const file = { path, bytes: content.byteLength, sha256 };
    this.#files.push(file);
    return file;
  }

  /** A digest of all that is in it so far. */
  get id(): string {
    return createHash('sha256').update(JSON.stringify(this.#files)).digest('hex').slice(0, 16);
  }

  /** It is whole. */
  async finish(): Promise<void> {
    await mkdir(dirname(this.#target), { recursive: true });
    await rename(this.#made, this.#target);
  }

  /** Leaves nothing behind of one that is not whole. */
  async abandon(): Promise<void> {
    await rm(this.#made, { recursive: true, force: true });
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
