/**
 * Changes the model itself, by renames: puts the candidate beside the champion, lets it answer, or takes it away again. Each may be
 * called again after it was cut off, and does the rest.
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isVersion } from '../../repository/versions.ts';
import { PipelineError } from '../pipeline-error.ts';
import { isThere, putFile, removeFolder } from './files.ts';
import { SIGNED_BY, stagedModel, stageOf, stateOf, type StagePlace, type State } from './stage.ts';

/** Puts the candidate among the versions. model.json comes first, so that its number never answers by being the highest. */
export async function install(place: StagePlace, version: string): Promise<void> {
  const target = join(place.models, place.model, version);
  await putState(place, 'canary');
  if (await isThere(target)) return;
  const staged = join(stagedModel(place), version);
  if (!(await isThere(staged))) throw new PipelineError(`${staged} is gone: somebody has taken it away.`);
  await rename(staged, target);
}

/** Lets the candidate answer requests that name no version, from the next look of the server on. */
export const settle = (place: StagePlace): Promise<void> => putState(place, 'promoted');

/**
 * Makes the model what it was. The candidate leaves before the champion stops being named: else it could answer by its number. A
 * model.json that is not the pipeline's was written by somebody meanwhile, and stays.
 */
export async function withdraw(place: StagePlace, version: string): Promise<void> {
  const folder = join(place.models, place.model);
  const live = await textOf(join(folder, 'model.json'));
  if (live === (await textOf(join(stateOf(place, 'promoted'), 'model.json'))))
    await putState(place, 'canary');
  const target = join(folder, version);
  if (await isThere(target)) {
    const rejected = join(stageOf(place), 'rejected');
    await removeFolder(rejected);
    await mkdir(stageOf(place), { recursive: true });
    await rename(target, rejected);
  }
  const now = await textOf(join(folder, 'model.json'));
  if (now === undefined || now !== (await textOf(join(stateOf(place, 'canary'), 'model.json')))) return;
  await putState(place, 'before');
  if (!(await isThere(join(stateOf(place, 'before'), 'model.json')))) await rm(join(folder, 'model.json'));
}

/** Takes versions out of the model, to `trash`, which goes with the stage. */
export async function retire(place: StagePlace, versions: readonly string[]): Promise<void> {
  const trash = join(stageOf(place), 'retired');
  await mkdir(trash, { recursive: true });
  for (const version of versions) {
    const from = join(place.models, place.model, version);
    if (await isThere(from)) await rename(from, join(trash, version));
  }
}

/** Removes all that was made beside the model. */
export const clear = (place: StagePlace): Promise<void> => removeFolder(stageOf(place));

/** Signatures before model.json where it is put back, and behind it where it is new, make no difference: a look sees all or is repeated. */
async function putState(place: StagePlace, state: State): Promise<void> {
  const from = stateOf(place, state);
  const folder = join(place.models, place.model);
  if (await isThere(join(from, 'model.json')))
    await putFile(join(from, 'model.json'), join(folder, 'model.json'));
  for (const version of (await readdir(from)).filter((name) => isVersion(name))) {
    // One that was taken away meanwhile needs no signature.
    if (!(await isThere(join(folder, version)))) continue;
    for (const file of SIGNED_BY) {
      const source = join(from, version, file);
      if (await isThere(source)) await putFile(source, join(folder, version, file));
    }
  }
}

const textOf = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);
