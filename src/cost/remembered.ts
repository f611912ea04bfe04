/**
 * What a load has found out about a model, kept in the cache folder for the next start: the largest batch size that made a
 * row cheaper, so that no larger one is warmed up, and whether rows are independent. Optional: what is older than a week, or belongs to another file or
 * machine, is measured again.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { privateFolder } from '../disk/cache-folder.ts';
import type { TensorSpec } from '../tensor/tensor.ts';
import type { Batching, Joins } from '../thread/load.ts';

const VALID_MS = 7 * 24 * 3_600_000;

/** What a record depends on. */
export interface Measured {
  /** Path of the model file. */
  readonly file: string;
  readonly device: string;
  readonly maxBatchSize: number;
  readonly batching: Batching;
  readonly inputs: readonly TensorSpec[] | undefined;
  readonly outputs: readonly TensorSpec[] | undefined;
  /** Stamp of its golden samples: a record says that they were answered, too. */
  readonly golden: string;
  /** Whether its graph may be rewritten. */
  readonly graphRewrites: boolean;
  /** Share by which a row has to be cheaper in a larger batch. */
  readonly leastBatchGain: number;
}

export interface Remembered {
  /** Rows of the largest batch that pays. */
  readonly cap: number;
  readonly joins: Joins;
  /** Why its graph is not rewritten: it did not answer its golden samples then. */
  readonly rewritesRefused?: string | undefined;
}

export class RememberedCaps {
  readonly #folder: string;
  /** Wall-clock milliseconds. */
  readonly #now: () => number;

  constructor(cacheDir: string, now: () => number) {
    this.#folder = join(cacheDir, 'costs');
    this.#now = now;
  }

  /** Undefined when nothing is known. */
  recall(measured: Measured): Remembered | undefined {
    try {
      const record = JSON.parse(readFileSync(this.#placeOf(measured), 'utf8')) as Partial<Remembered> & {
        at?: unknown;
      };
      const { cap, joins, rewritesRefused, at } = record;
      const recent = typeof at === 'number' && Math.abs(this.#now() - at) < VALID_MS;
      const sane = Number.isInteger(cap) && cap! >= 1 && cap! <= measured.maxBatchSize;
      if (!recent || !sane || typeof joins?.rows !== 'boolean') return undefined;
      return { cap: cap!, joins, ...(typeof rewritesRefused === 'string' && { rewritesRefused }) };
    } catch {
      return undefined;
    }
  }

  /** Stores a record; does nothing when the folder cannot be written. */
  remember(measured: Measured, known: Remembered): void {
    try {
      const place = this.#placeOf(measured);
      privateFolder(this.#folder);
      const written = `${place}.${process.pid}`;
      writeFileSync(written, JSON.stringify({ ...known, at: this.#now() }), { mode: 0o600 });
      renameSync(written, place);
    } catch {
      // The folder cannot be written: the next start measures again.
    }
  }

  #placeOf(measured: Measured): string {
    const { file, device, maxBatchSize, batching, inputs, outputs, golden, graphRewrites, leastBatchGain } =
      measured;
    const { size, mtimeMs } = statSync(file);
    const declared = JSON.stringify([batching, inputs, outputs, golden, graphRewrites, leastBatchGain]);
    const machine = [cpus()[0]?.model, process.version];
    const key = [file, size, mtimeMs, device, maxBatchSize, declared, ...machine].join('\n');
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }
}
