/** An archive as a source of models. */
import { ArtifactError } from '../artifact-error.ts';
import { blobKey, type Archive } from '../archive/archive.ts';
import type { StoredFile } from '../archive/index-file.ts';
import type { Offer, OfferedFile, Source } from './source.ts';

export class ArchiveSource implements Source {
  readonly #archive: Archive;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  get address(): string {
    return this.#archive.address;
  }

  async offer(known?: string, signal?: AbortSignal): Promise<Offer | 'unchanged'> {
    const now = await this.#archive.readUnless(known, signal);
    if (now === 'unchanged') return now;
    const models = Object.entries(now.index.models).map(([name, { files, versions }]) => {
      const offered = (file: StoredFile): OfferedFile => ({ ...file, at: blobKey(name, file.sha256) });
      const all = Object.entries(versions).map(
        ([version, { digest, files: own }]) => [version, { digest, files: own.map(offered) }] as const,
      );
      return [name, { files: files.map(offered), versions: new Map(all) }] as const;
    });
    return { tag: now.tag, models: new Map(models) };
  }

  async open({ at, path, bytes }: OfferedFile, from: number, signal?: AbortSignal) {
    const got = await this.#archive.store.get(at, { from, signal });
    if (got === undefined || got === 'unchanged') {
      throw new ArtifactError(
        'missing',
        `${path} is named in the index of ${this.address}, but there is no ${at}.`,
      );
    }
    if (Number.isFinite(got.bytes) && got.bytes !== bytes) {
      throw new ArtifactError('corrupt', `${this.address}/${at} has ${got.bytes} bytes instead of ${bytes}.`);
    }
    return got;
  }

  async close(): Promise<void> {
    await this.#archive.close();
  }
}
