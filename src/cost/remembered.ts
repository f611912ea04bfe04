/**
 * The largest batch size that made a row cheaper, kept in the cache folder for the next start, which then warms up no
 * larger one, is ready sooner and takes less memory. Optional: what is older than a week, or belongs to another file or
 * machine, is measured again.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { privateFolder } from '../disk/cache-folder.ts';

const VALID_MS = 7 * 24 * 3_600_000;

/** What a record depends on. */
export interface Measured {
  /** Path of the model file. */
  readonly file: string;
  readonly device: string;
  readonly maxBatchSize: number;
}

export class RememberedCaps {
  readonly #folder: string;
  /** Wall-clock milliseconds. */
  readonly #now: () => number;

  constructor(cacheDir: string, now: () => number) {
    this.#folder = join(cacheDir, 'costs');
    this.#now = now;
  }

  /** Rows of that batch; undefined when it is not known. */
  recall(measured: Measured): number | undefined {
    try {
      const { cap, at } = JSON.parse(readFileSync(this.#placeOf(measured), 'utf8')) as Record<
        string,
        unknown
      >;
      const recent = typeof at === 'number' && Math.abs(this.#now() - at) < VALID_MS;
      const sane = Number.isInteger(cap) && Number(cap) >= 1 && Number(cap) <= measured.maxBatchSize;
      return recent && sane ? Number(cap) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Stores a record; does nothing when the folder cannot be written. */
  remember(measured: Measured, cap: number): void {
    try {
      const place = this.#placeOf(measured);
      privateFolder(this.#folder);
      const written = `${place}.${process.pid}`;
      writeFileSync(written, JSON.stringify({ cap, at: this.#now() }), { mode: 0o600 });
      renameSync(written, place);
    } catch {
      // The folder cannot be written: the next start measures again.
    }
  }

  #placeOf({ file, device, maxBatchSize }: Measured): string {
    const { size, mtimeMs } = statSync(file);
    const key = [file, size, mtimeMs, device, maxBatchSize, cpus()[0]?.model, process.version].join('\n');
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }
}
