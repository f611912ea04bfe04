/**
 * Keeps the folder of compiled forms from growing without end: models that are replaced again and again leave a form each.
 * The forms that were used last are kept.
 */
import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes of all forms together; the newest form is kept whatever its size. */
const KEPT_BYTES = 4 * 1024 ** 3;

/** The name of a form: what else is there is being made, or is not ours. */
const FORM = /^[0-9a-f]{32}-[0-9a-f]{16}$/;

/** Notes that a form is used. Without the right to do so it is as old as its last change. */
export function touch(form: string): void {
  try {
    const now = new Date();
    utimesSync(form, now, now);
  } catch {
    // The folder is read-only.
  }
}

/**
 * Removes the forms that were not used for the longest time, beyond `keptBytes`. What a session has mapped stays usable until
 * it is released. Never throws.
 */
export function forgetOld(folder: string, keptBytes = KEPT_BYTES): void {
  try {
    const forms = readdirSync(folder)
      .filter((name) => FORM.test(name))
      .map((name) => join(folder, name))
      .map((form) => ({ form, usedMs: statSync(form).mtimeMs, bytes: bytesOf(form) }))
      .sort((a, b) => b.usedMs - a.usedMs);
    let bytes = 0;
    for (const [place, one] of forms.entries()) {
      bytes += one.bytes;
      if (place > 0 && bytes > keptBytes) rmSync(one.form, { recursive: true, force: true });
    }
  } catch {
    // Another process removes them too.
  }
}

const bytesOf = (form: string): number =>
  readdirSync(form).reduce((sum, name) => sum + statSync(join(form, name)).size, 0);
