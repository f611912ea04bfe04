/**
 * A round on disk: `round.json`, the weights that clients begin from, an update for each client, the aggregate. A file is
 * written beside its place and moved there, so that none is ever half there. The updates are removed when the round is
 * aggregated.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors, type SafeTensor } from '../tensor/safetensors.ts';
import type { UpdateFile } from '../thread/aggregation.ts';
import type { RoundSettings } from './settings.ts';
import type { TensorShape } from './weights.ts';

export interface RoundResult {
  readonly clients: number;
  readonly samples: number;
  readonly clippedTo?: number | undefined;
  readonly clipped: number;
  readonly trimmed: number;
  /** Norm of the change. */
  readonly norm: number;
}

/** What round.json says. */
export interface RoundRecord {
  readonly model: string;
  readonly round: number;
  /** The version that clients begin from. */
  readonly version: string;
  readonly settings: RoundSettings;
  /** By name. */
  readonly tensors: readonly TensorShape[];
  readonly state: 'open' | 'aggregated' | 'abandoned';
  /** ISO 8601. */
  readonly openedAt: string;
  readonly closedAt?: string;
  readonly result?: RoundResult;
}

/** An update that was taken. */
export interface TakenUpdate extends UpdateFile {
  /** Digest of who sent it. */
  readonly client: string;
  /** Digest of what was sent. */
  readonly digest: string;
}

const RECORD = 'round.json';
const BASE = 'base.safetensors';
const AGGREGATE = 'aggregate.safetensors';
const UPDATES = 'updates';
const SUFFIX = '.safetensors';
/** What a file is called until it is whole. */
const UNFINISHED = '.part';

export const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');

export class RoundFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get base(): string {
    return join(this.#folder, BASE);
  }

  get aggregate(): string {
    return join(this.#folder, AGGREGATE);
  }

  /** Writes the weights first: a folder without round.json is no round. Leaves nothing behind where that fails. */
  async create(record: RoundRecord, tensors: readonly SafeTensor[]): Promise<void> {
    await this.remove();
    try {
      await mkdir(join(this.#folder, UPDATES), { recursive: true, mode: 0o700 });
      await written(this.base, writeSafetensors(tensors, { model: record.model, version: record.version }));
      await this.record(record);
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  async record(record: RoundRecord): Promise<void> {
    await written(join(this.#folder, RECORD), Buffer.from(JSON.stringify(record, null, 2)));
  }

  /** Undefined when there is none. @throws Error when it cannot be read */
  async read(): Promise<RoundRecord | undefined> {
    const text = await readFile(join(this.#folder, RECORD), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? undefined : (JSON.parse(text) as RoundRecord);
  }

  async addUpdate(
    tensors: readonly SafeTensor[],
    { client, digest, norm, samples }: Omit<TakenUpdate, keyof Pick<UpdateFile, 'file' | 'offset'>>,
  ): Promise<TakenUpdate> {
    const file = join(this.#folder, UPDATES, client + SUFFIX);
    const bytes = writeSafetensors(tensors, { digest, norm: String(norm), samples: String(samples) });
    await written(file, bytes);
    return { file, offset: offsetOf(bytes), norm, samples, client, digest };
  }

  /** Those that are whole; what was cut off is removed. */
  async updates(): Promise<readonly TakenUpdate[]> {
    const folder = join(this.#folder, UPDATES);
    const names = await readdir(folder).catch(() => []);
    const found: TakenUpdate[] = [];
    for (const name of names.sort((a, b) => (a < b ? -1 : 1))) {
      const file = join(folder, name);
      if (!name.endsWith(SUFFIX)) {
        await rm(file, { force: true });
        continue;
      }
      const bytes = await readFile(file);
      const { digest = '', norm, samples } = readSafetensors(bytes).metadata;
      const client = name.slice(0, -SUFFIX.length);
      const offset = offsetOf(bytes);
      found.push({ file, offset, norm: Number(norm), samples: Number(samples), client, digest });
    }
    return found;
  }

  async writeAggregate(tensors: readonly SafeTensor[], record: RoundRecord): Promise<void> {
    const { model, version, round } = record;
    await written(this.aggregate, writeSafetensors(tensors, { model, version, round: String(round) }));
    await this.record(record);
  }

  async removeUpdates(): Promise<void> {
    await rm(join(this.#folder, UPDATES), { recursive: true, force: true });
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Where the elements begin in a file of the format. */
export const offsetOf = (bytes: Buffer): number => 8 + Number(bytes.readBigUInt64LE());

async function written(file: string, bytes: Uint8Array): Promise<void> {
  const beside = file + UNFINISHED;
  try {
    await using handle = await open(beside, 'w', 0o600);
    await handle.writeFile(bytes);
    await handle.sync();
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await rename(beside, file);
}
