/** `ortolan models verify`: the checks that a version has to pass before it serves, a line each. */
import { resolve } from 'node:path';
import type { Config } from '../../config/schema.ts';
import type { GoldenSample } from '../../repository/golden/sample.ts';
import { readSamples } from '../../repository/golden/samples.ts';
import { ModelError } from '../../repository/model-error.ts';
import type { ModelEntry } from '../../repository/repository.ts';
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
  const config = withKeys(configOf(typed, terminal).config, typed['publicKey'], terminal.cwd);
  const { models, unavailable, warnings } = chosen(await scan(config), name);
  let faults = unavailable.length;
  for (const model of models) faults += await verifyModel(model, config, terminal);
  report({ unusable: unavailable, warnings }, terminal);
  if (faults > 0) throw new CliError(1, `${faults} ${faults === 1 ? 'fault' : 'faults'} found.`);
}

/** The keys that were typed take the place of the configured ones, and a signature is then required. */
function withKeys(config: Config, typed: unknown, cwd: string): Config {
  if (!Array.isArray(typed)) return config;
  const modelPublicKeys = typed.map((file) => resolve(cwd, String(file)));
  return { ...config, modelPublicKeys, modelsSignedOnly: 'on' };
}

/** Prints a line for each check of each version. Returns the number of faults. */
async function verifyModel(model: ModelEntry, config: Config, terminal: Terminal): Promise<number> {
  const { verify } = await import('../../root/verify.ts');
  let faults = 0;
  const fault = (what: string, reason: string): void => {
    faults++;
    terminal.err(printable(`${model.name} ${what}: ${reason}`));
  };
  for (const file of model.versions) {
    await verify(model, file, config, ({ finding, failed }) => {
      if (failed) fault(file.version, finding);
      else terminal.out(printable(`${model.name} ${file.version}: ${finding}`));
    });
  }
  const onDisk = [...model.versions.map(({ version }) => version), ...model.withheld];
  const missing = (version: string): boolean => !onDisk.includes(version);
  for (const version of Object.keys(model.config.sha256 ?? {}).filter(missing)) {
    fault(version, 'model.json declares its sha256, but the version is not there.');
  }
  for (const { name, versions } of await samplesOf(model)) {
    for (const version of (versions ?? []).filter(missing)) {
      fault(version, `the golden sample ${name} is for this version, but it is not there.`);
    }
  }
  return faults;
}

/** None when one is damaged: each version has said so. */
async function samplesOf(model: ModelEntry): Promise<GoldenSample[]> {
  try {
    return (await readSamples(model)).map(({ sample }) => sample);
  } catch (error) {
    if (error instanceof ModelError) return [];
    throw error;
  }
}
