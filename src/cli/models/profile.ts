/** `ortolan models profile`: what a batch costs, by rows and by width, and which cap follows from it. */
import { ServingError } from '../../errors.ts';
import type { Profile } from '../../root/profile.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { chosen, report, scan } from './on-disk.ts';
import { printable, tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** Every version of one model, or of all. @throws CliError at the end when there is no such model, or one cannot be loaded */
export async function profileModels(
  name: string | undefined,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { config } = configOf(typed, terminal);
  const { models, unavailable, warnings } = chosen(await scan(config), name);
  report({ unusable: unavailable, warnings }, terminal);
  const { profile } = await import('../../root/profile.ts');
  let failed = unavailable.length;
  for (const entry of models) {
    for (const file of entry.versions) {
      try {
        const measured = await profile(entry, file, config);
        terminal.out(typed['json'] === true ? JSON.stringify(measured) : textOf(measured));
      } catch (error) {
        if (!(error instanceof ServingError)) throw error;
        failed++;
        terminal.err(printable(`${entry.name} ${file.version}: ${error.message}`));
      }
    }
  }
  if (failed > 0) throw new CliError(1, `${failed} could not be profiled.`);
}

/** A table with one row a bucket, and what it means in a sentence. */
export function textOf({ name, version, sloMs, cap, buckets }: Profile): string {
  const first = buckets[0]?.meanMs ?? 0;
  const lines = tableLines(
    ['ROWS', 'SESSION', 'MS', 'MS A ROW', 'ROWS/S', 'GAIN'],
    buckets.map(({ rows, width, meanMs }) => [
      String(rows),
      width,
      meanMs.toFixed(2),
      (meanMs / rows).toFixed(3),
      ((rows / meanMs) * 1000).toFixed(0),
      `${((first * rows) / meanMs).toFixed(2)}x`,
    ]),
  );
  return [
    `${name} version ${version}`,
    ...lines.map((line) => `  ${line}`),
    `  ${verdict(cap, sloMs)}`,
    '',
  ].join('\n');
}

const verdict = (cap: number, sloMs: number): string =>
  cap === 1
    ? 'Batches gain nothing here: one row at a time.'
    : `Batches of up to ${cap} rows pay, and stay within half of the ${sloMs} ms objective.`;
