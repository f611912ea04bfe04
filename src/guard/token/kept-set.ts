/**
 * The last good key set of a URL, kept in the cache folder: a server that starts while the issuer is down then knows it. The
 * folder is the user's own, as that of the compiled models is.
 */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolder } from '../../disk/cache-folder.ts';

/** Older ones are not used: what the issuer has withdrawn since is not known. */
const MAX_AGE_MS = 24 * 3_600_000;

export class KeptSet {
  readonly #folder: string;
  readonly #file: string;

  constructor(cacheDir: string, url: string) {
    this.#folder = join(cacheDir, 'jwks');
    this.#file = join(this.#folder, `${createHash('sha256').update(url).digest('hex')}.json`);
  }

  /** `now`: milliseconds since 1970. Undefined when there is none that may be used. */
  read(now: number): { readonly text: string; readonly ageMs: number } | undefined {
    try {
      privateFolder(this.#folder);
      const ageMs = Math.max(0, now - statSync(this.#file).mtimeMs);
      return ageMs > MAX_AGE_MS ? undefined : { text: readFileSync(this.#file, 'utf8'), ageMs };
    } catch {
      return undefined;
    }
  }

  /** Does nothing where nothing can be kept. */
  write(text: string): void {
    try {
      privateFolder(this.#folder);
      const part = `${this.#file}.${process.pid}`;
      writeFileSync(part, text, { mode: 0o600 });
      renameSync(part, this.#file);
    } catch {
      // It is there for a start that may never come.
    }
  }
}
