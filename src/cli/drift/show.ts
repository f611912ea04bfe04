/** `ortolan drift show`: how far a model on a running server has drifted. */
import { CliError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';
import { askDrift } from './asked.ts';
import { namedIn } from './named.ts';
import { report } from './report.ts';

/** @throws CliError with exit code 1 when the server refuses or does not answer, 2 when what was typed makes no sense */
export async function showDrift(
  text: string,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { name, version } = namedIn(text);
  const all = await askDrift(name, 'drift', typed, terminal);
  const versions = all.versions.filter((one) => version === undefined || one.version === version);
  if (version !== undefined && versions.length === 0)
    throw new CliError(1, `Version ${version} of ${name} is not loaded on that server.`);
  const shown = { ...all, versions };
  terminal.out(typed['json'] === true ? JSON.stringify(shown, null, 2) : report(shown));
}
