/** `ortolan models verify`: compares each version with its digest, and loads it as the server would. */
import type { Config } from '../../config/schema.ts';
import { ServingError } from '../../errors.ts';
import { ModelError } from '../../repository/model-error.ts';
import type { ModelEntry } from '../../repository/repository.ts';
import type { Verified } from '../../root/verify.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { chosen, report, scan } from './on-disk.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** @throws CliError with exit code 1 when any version cannot be used, or is not as declared */
export async function verifyModels(
  name: string | undefined,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { config } = configOf(typed, terminal);
  const { models, unavailable, warnings } = chosen(await scan(config), name);
  let faults = unavailable.length;
  for (const model of models) faults += await verifyModel(model, config, terminal);
  report({ unusable: unavailable, warnings }, terminal);
  if (faults > 0) throw new CliError(1, `${faults} ${faults === 1 ? 'fault' : 'faults'} found.`);
}

/** Prints a line for each version. Returns the number of faults. */
async function verifyModel(model: ModelEntry, config: Config, terminal: Terminal): Promise<number> {
  const { verify } = await import('../../root/verify.ts');
  let faults = 0;
  const fault = (version: string, reason: string): void => {
    faults++;
    terminal.err(printable(`${model.name} ${version}: ${reason}`));
  };
  for (const file of model.versions) {
    try {
      const verified = await verify(model, file, config);
      terminal.out(printable(`${model.name} ${file.version}: ${textOf(verified)}`));
    } catch (error) {
      if (!(error instanceof ModelError || error instanceof ServingError)) throw error;
      fault(file.version, error.message);
    }
  }
  const there = new Set([...model.versions.map(({ version }) => version), ...model.withheld]);
  for (const version of Object.keys(model.config.sha256 ?? {}).filter((declared) => !there.has(declared))) {
    fault(version, 'model.json declares its sha256, but the version is not there.');
  }
  return faults;
}

function textOf({ digest, provider, fallbackReason }: Verified): string {
  const compared = digest === 'verified' ? 'sha256 verified' : 'no sha256 in model.json to compare with';
  const instead = fallbackReason === undefined ? '' : ` (${fallbackReason})`;
  return `${compared}, loads on ${provider}${instead}`;
}
