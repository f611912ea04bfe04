/** Scans the models folder for commands about all models or one of them. */
import { basename } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { ModelError } from '../../repository/model-error.ts';
import { scanRepository, type ModelEntry, type Repository, type VersionEntry } from '../../repository/repository.ts';
import { trustOf } from '../../repository/trust/trust.ts';
import { CliError } from '../cli-error.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** A model, or one of its versions, that cannot be used. */
export interface Unusable {
  /** As it is printed: `net`, or `net 2`. */
  readonly name: string;
  readonly reason: string;
}

/** A model, and the number of one version of it; undefined: all. */
export interface Chosen {
  readonly name: string;
  readonly version: string | undefined;
}

type ScanOptions = Pick<Config, 'models' | 'modelName' | 'modelPublicKeys' | 'modelsSignedOnly'>;

/** @throws CliError with exit code 1 when the folder cannot be read */
export async function scan(config: ScanOptions): Promise<Repository> {
  try {
    return await scanRepository(config.models, config.modelName, trustOf(config));
  } catch (error) {
    if (error instanceof ModelError) throw new CliError(1, error.message);
    throw error;
  }
}

/**
 * All models, or the one that is named, each usable or not.
 * @throws CliError with exit code 1 when there is none; the message says what was passed over there
 */
export function chosen({ root, models, unavailable, warnings }: Repository, name?: string): Repository {
  const isChosen = (model: { readonly name: string }): boolean => name === undefined || model.name === name;
  const found = models.filter(isChosen);
  const broken = unavailable.filter(isChosen);
  const about = warnings.filter(({ folder }) => name === undefined || basename(folder) === name);
  if (found.length + broken.length === 0) {
    const what = name === undefined ? 'no model' : `no model ${name}`;
    const instead = about.map(({ folder, reason }) => ` In ${folder}, ${reason}.`).join('');
    throw new CliError(1, `There is ${what} in ${root}.${instead}`);
  }
  return { root, models: found, unavailable: broken, warnings: about };
}

/** The versions of a model, or the one with that number. @throws CliError with exit code 2 when there is none */
export function versionsOf({ name, versions }: ModelEntry, number: string | undefined): readonly VersionEntry[] {
  if (number === undefined) return versions;
  const found = versions.filter(({ version }) => version === number);
  if (found.length > 0) return found;
  throw new CliError(2, `There is no version ${number} of ${name} among those that are served.`);
}

/** The versions of a model that the scan has found to be unusable. */
export const faultsOf = ({ name, versions }: ModelEntry): Unusable[] =>
  versions.flatMap(({ version, fault }) =>
    fault === undefined ? [] : [{ name: `${name} ${version}`, reason: fault }],
  );

/** Prints what cannot be used and what was passed over, on stderr. */
export function report(
  { unusable, warnings }: { unusable: readonly Unusable[] } & Pick<Repository, 'warnings'>,
  terminal: Terminal,
): void {
  for (const { name, reason } of unusable) terminal.err(printable(`${name} is unavailable: ${reason}`));
  for (const { folder, reason } of warnings) terminal.err(printable(`warning: ${folder}: ${reason}`));
}
