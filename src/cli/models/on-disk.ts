/** Scans the models folder for commands about all models or one of them. */
import { basename } from 'node:path';
import type { Config } from '../../config/schema.ts';
import { ModelError } from '../../repository/model-error.ts';
import { scanRepository, type ModelEntry, type Repository } from '../../repository/repository.ts';
import { CliError } from '../cli-error.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** A model, or one of its versions, that cannot be used. */
export interface Unusable {
  /** As it is printed: `net`, or `net 2`. */
  readonly name: string;
  readonly reason: string;
}

type ScanOptions = Pick<Config, 'models' | 'modelName'>;

/** @throws CliError with exit code 1 when the folder cannot be read */
export async function scan({ models, modelName }: ScanOptions): Promise<Repository> {
  try {
    return await scanRepository(models, modelName);
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
