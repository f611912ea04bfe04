/**
 * A store with an index of models. The index is read, changed and written back under the condition that nobody else has
 * written it meanwhile; who comes too late reads again and makes the change anew, so that no entry is ever lost.
 */
import type { Clock } from '../../clock.ts';
import { ArtifactError } from '../artifact-error.ts';
import { ATTEMPTS, wait } from '../retry.ts';
import { textContent } from '../store/content.ts';
import { readText } from '../store/read-text.ts';
import type { ObjectStore, Tag } from '../store/store.ts';
import { EMPTY_INDEX, INDEX_BYTES, INDEX_KEY, parseIndex, type ArtifactIndex } from './index-file.ts';

export interface IndexNow {
  readonly index: ArtifactIndex;
  /** Undefined: there is none yet. */
  readonly tag: Tag | undefined;
}

/** What a change makes of the index. */
export type Changed = Pick<ArtifactIndex, 'models' | 'deleting'>;

export interface ArchiveSettings {
  readonly store: ObjectStore;
  readonly clock: Clock;
  /** Wall clock. */
  readonly now: () => Date;
}

/** Writers in a row that may come before us. */
const ROUNDS = ATTEMPTS + 2;
const ROUND_MS = 250;

export class Archive {
  readonly store: ObjectStore;
  readonly now: () => Date;
  readonly #clock: Clock;

  constructor({ store, clock, now }: ArchiveSettings) {
    this.store = store;
    this.#clock = clock;
    this.now = now;
  }

  get address(): string {
    return this.store.address;
  }

  /** An empty one where there is none. @throws ArtifactError */
  async read(signal?: AbortSignal): Promise<IndexNow> {
    return (await this.readUnless(undefined, signal)) as IndexNow;
  }

  /** The same; 'unchanged' where it still has this tag. */
  async readUnless(tag: Tag | undefined, signal?: AbortSignal): Promise<IndexNow | 'unchanged'> {
    const got = await this.store.get(INDEX_KEY, { unless: tag, signal });
    if (got === undefined) return { index: EMPTY_INDEX, tag: undefined };
    if (got === 'unchanged') return got;
    const where = `${this.address}/${INDEX_KEY}`;
    return { index: parseIndex(await readText(got, INDEX_BYTES, where), where), tag: got.tag };
  }

  /**
   * Makes a change. `change` is called anew with each index that turns out to be the newest: undefined is no change.
   * @throws ArtifactError `changed` when others write all the time
   */
  async update<Made extends Changed>(
    change: (index: ArtifactIndex) => Promise<Made | undefined>,
  ): Promise<Made | undefined> {
    for (let round = 1; ; round++) {
      const { index, tag } = await this.read();
      const made = await change(index);
      if (made === undefined) return undefined;
      const next: ArtifactIndex = {
        format: 1,
        generation: index.generation + 1,
        written: this.now().toISOString(),
        models: made.models,
        deleting: made.deleting,
      };
      const text = `${JSON.stringify(next, null, 1)}\n`;
      if (Buffer.byteLength(text) > INDEX_BYTES) {
        throw new ArtifactError(
          'invalid',
          `${this.address}/${INDEX_KEY} would have more than ${INDEX_BYTES} bytes.`,
        );
      }
      try {
        await this.store.put(INDEX_KEY, textContent(text), tag === undefined ? 'nothing' : { tag });
        return made;
      } catch (error) {
        if (!(error instanceof ArtifactError) || error.fault !== 'changed' || round >= ROUNDS) throw error;
        await wait(this.#clock, ROUND_MS * round * Math.random(), undefined);
      }
    }
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}

/** Where a file of a model lies: two models with the same file have it each, so that rights can be given by model. */
export const blobKey = (model: string, sha256: string): string => `blobs/${model}/sha256-${sha256}`;
