/**
 * Notices that files have changed, by looking at them: certificates, keys, secrets. Looking finds what watching does
 * not on network mounts, and what stays the same for a watcher of the file: the link that Kubernetes swaps.
 *
 * A change is reported once the files have stayed the same for one interval, so that a file is not read while it is
 * being written, nor a certificate before its key.
 */
import { statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Clock } from '../clock.ts';

export interface FileWatchSettings {
  readonly files: readonly string[];
  readonly clock: Clock;
  /** Called after each change; what it throws is the caller's own fault and ends the process. */
  readonly onChange: () => void;
  /** Between two looks, in milliseconds. */
  readonly intervalMs?: number;
}

const INTERVAL_MS = 1000;

export class FileWatch {
  readonly #settings: FileWatchSettings;
  /** What was reported last, and what the last look has seen. */
  #reported: string;
  #seen: string;
  #cancel: (() => void) | undefined;
  #stopped = false;

  /** Begins to look. What is there now is not reported: read the files after this, so that no change is missed. */
  constructor(settings: FileWatchSettings) {
    this.#settings = settings;
    this.#reported = settings.files.map(stampNow).join('\n');
    this.#seen = this.#reported;
    this.#lookLater();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const seen = await stampOf(this.#settings.files);
    if (this.#stopped) return;
    const changed = seen !== this.#reported && seen === this.#seen;
    this.#seen = seen;
    if (changed) this.#reported = seen;
    this.#lookLater();
    if (changed) this.#settings.onChange();
  }

  #lookLater(): void {
    const { clock, intervalMs = INTERVAL_MS } = this.#settings;
    this.#cancel = clock.after(intervalMs, () => void this.#look());
  }
}

async function stampOf(files: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    files.map((file) => stat(file, { bigint: true }).then(stampIn, (error: unknown) => codeOf(error))),
  );
  return stamps.join('\n');
}

function stampNow(file: string): string {
  try {
    return stampIn(statSync(file, { bigint: true }));
  } catch (error) {
    return codeOf(error);
  }
}

/** Differs whenever a file was written, replaced, removed, or its mode changed; links are followed. */
const stampIn = ({ dev, ino, size, mode, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mode, mtimeNs, ctimeNs].join(' ');

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unreadable';
