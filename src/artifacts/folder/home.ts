/**
 * What pulls keep in the models folder, out of the sight of the scan: `.artifacts/`, with the parts of files, what is made
 * ready for a model, and what was pulled. On the same disk, so that a rename puts a version in its place.
 */
import { join } from 'node:path';

export interface ModelHome {
  /** Where the model is served from. */
  readonly model: string;
  readonly record: string;
  readonly plan: string;
  /** What is to be put in place: versions, and files of the model, under their names. */
  readonly fresh: string;
  /** What was taken out of its place, until the plan is done. */
  readonly old: string;
}

const HOME = '.artifacts';

export const homeOf = (models: string, name: string): ModelHome => ({
  model: join(models, name),
  record: join(models, HOME, name, 'pulled.json'),
  plan: join(models, HOME, name, 'plan.json'),
  fresh: join(models, HOME, name, 'new'),
  old: join(models, HOME, name, 'old'),
});

/** Models of which something was pulled have a folder here. */
export const homesFolder = (models: string): string => join(models, HOME);

/** What has come of files. */
export const partsFolder = (models: string): string => join(models, HOME, '.parts');
export const partOf = (models: string, digest: string): string => join(partsFolder(models), digest);
export const lockOf = (models: string): string => join(models, HOME, '.lock');
