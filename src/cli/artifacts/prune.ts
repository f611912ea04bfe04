/** `ortolan artifacts prune`: deletes what is old from a store that does not do so by itself. */
import { prune } from '../../artifacts/archive/prune.ts';
import { CliError } from '../cli-error.ts';
import { sizeText } from '../size-text.ts';
import type { Terminal } from '../terminal.ts';
import { withArtifacts, writableArchive, type Typed } from './artifacts.ts';

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const TIME = /^(\d{1,5})([hdw])$/;

/** Milliseconds of `30d`, `12h` or `4w`. @throws CliError with exit code 2 */
export function keptMs(typed: Typed): number {
  const text = String(typed['keep']);
  const [, number, unit] = TIME.exec(text) ?? [];
  if (unit !== undefined) return Number(number) * UNITS[unit]!;
  throw new CliError(
    2,
    `--keep takes a number of hours, days or weeks, such as 12h, 30d or 4w, and not ${JSON.stringify(text)}.`,
  );
}

/** @throws CliError when the store cannot be written, or another prune goes on */
export function pruneArtifacts(typed: Typed, terminal: Terminal): Promise<void> {
  const keepMs = keptMs(typed);
  const dry = typed['dryRun'] === true;
  return withArtifacts(typed, terminal, async (artifacts) => {
    const pruned = await prune(
      await writableArchive(artifacts, dry ? { ...typed, onlyWriter: true } : typed),
      keepMs,
      dry,
    );
    if (typed['json'] === true)
      return terminal.out(JSON.stringify({ ...pruned, dry, from: artifacts.address }, null, 2));
    const { backups, files, bytes } = pruned;
    terminal.out(
      `${dry ? 'Would delete' : 'Deleted'} ${backups.length} backups and ${files} files that no version consists of, ${sizeText(bytes)}, from ${artifacts.address}.`,
    );
  });
}
