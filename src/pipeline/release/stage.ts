/**
 * The model as it is to be, made beside it before anything serves it: a folder of the models folder, whose name begins with a dot, so
 * that no server looks into it.
 *
 *   models/NAME/   a copy of the model, with the candidate as a further version: what commands are given as a models folder
 *   before/        what a canary and a promotion change of the model, as it was: model.json, signatures
 *   canary/        the same files with the candidate beside the champion, which answers
 *   promoted/      the same files with the candidate answering
 *
 * What is signed is signed here, so that the model itself changes by renames alone.
 */
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentDigest, digestsOfFiles } from '../../repository/digest.ts';
import { ModelError } from '../../repository/model-error.ts';
import { scanRepository, type ModelEntry, type VersionEntry } from '../../repository/repository.ts';
import { isSigned } from '../../repository/trust/signed.ts';
import { filesOf } from '../../repository/version-files.ts';
import { isVersion } from '../../repository/versions.ts';
import { PipelineError } from '../pipeline-error.ts';
import { copyFolder, copyPlain, isThere, putFile, putText, removeFolder } from './files.ts';
import { besideCanary, promoted } from './model-json.ts';
import { nextVersionAbove } from './numbers.ts';

export interface StagePlace {
  /** The models folder. */
  readonly models: string;
  readonly model: string;
  /** Of the run. */
  readonly run: string;
}

export const stageOf = ({ models, model, run }: StagePlace): string => join(models, `.${model}.${run}`);

/** The copy, as a models folder. */
export const stagedModels = (place: StagePlace): string => join(stageOf(place), 'models');
export const stagedModel = (place: StagePlace): string => join(stagedModels(place), place.model);

/** What a state of the model consists of beside the weights. */
export type State = 'before' | 'canary' | 'promoted';
export const stateOf = (place: StagePlace, state: State): string => join(stageOf(place), state);

export interface Staged {
  readonly version: string;
  readonly champion: string;
  readonly digest: string;
  readonly bytes: number;
  /** The text of model.json that it was made for; empty when there is none. */
  readonly modelJson: string;
}

export interface Staging extends StagePlace {
  /** The files of the candidate. */
  readonly candidate: string;
  /** The version that answers. */
  readonly champion: string;
  /** The highest number that was ever given to a candidate. */
  readonly highest: number;
  /** Labels that move at the promotion. */
  readonly labels: readonly string[];
  /** Whether what is staged will be signed. */
  readonly signs: boolean;
}

/** Makes the folder anew. @throws PipelineError when the candidate could not be served beside the champion */
export async function stage(staging: Staging): Promise<Staged> {
  const { models, model, candidate, champion, highest, labels, signs } = staging;
  const folder = join(models, model);
  // What another attempt of the run has left.
  await removeFolder(stageOf(staging));
  const live = await entryIn(models, model);
  if (!signs && live.versions.some(isSigned)) {
    throw new PipelineError(
      `${model} is signed, also its model.json, which a promotion changes: give the pipeline the key, sign.privateKey.`,
    );
  }
  const version = await nextVersionAbove(folder, highest);
  const copy = stagedModel(staging);
  await copyFolder(folder, copy);
  await copyPlain(candidate, join(copy, version));
  const { digests, ...facts } = await candidateIn(join(copy, version), version);
  const modelJson = await textOf(join(folder, 'model.json'));
  const versions = { champion, candidate: version, digests };
  const states = {
    promoted: promoted(modelJson, versions, labels),
    canary: besideCanary(modelJson, versions),
  };
  for (const [state, text] of Object.entries(states)) {
    await putText(text, join(copy, 'model.json'));
    requireBoth(await entryIn(stagedModels(staging), model), version, champion);
    await mkdir(stateOf(staging, state as State), { recursive: true });
    await putText(text, join(stateOf(staging, state as State), 'model.json'));
  }
  await keepChangeable(folder, stateOf(staging, 'before'));
  return { version, champion, modelJson, ...facts };
}

/** The model of a models folder. @throws PipelineError when it cannot be served as it lies there */
export async function entryIn(models: string, model: string): Promise<ModelEntry> {
  try {
    const { models: found, unavailable } = await scanRepository(models);
    const entry = found.find(({ name }) => name === model);
    if (entry !== undefined) return entry;
    const reason = unavailable.find(({ name }) => name === model)?.reason;
    throw new PipelineError(reason ?? `There is no model ${model} in ${models}.`);
  } catch (error) {
    if (error instanceof ModelError) throw new PipelineError(error.message);
    throw error;
  }
}

interface Candidate {
  readonly digest: string;
  readonly bytes: number;
  readonly digests: Readonly<Record<string, string>>;
}

/** @throws PipelineError when its files are no ONNX, or weights are missing */
async function candidateIn(folder: string, version: string): Promise<Candidate> {
  const file = join(folder, 'model.onnx');
  if (!(await isThere(file)))
    throw new PipelineError('The job has written no model.onnx into the folder that TRAIN_OUT names.');
  const entry: VersionEntry = { version, file, root: folder, bytes: 0, sha256Declared: undefined };
  try {
    const sizes = (await filesOf(entry)).map(async ({ path }) => (await stat(path)).size);
    const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    const digests = Object.fromEntries(await digestsOfFiles(entry));
    return { digest: await contentDigest(entry), digests, bytes };
  } catch (error) {
    if (error instanceof ModelError)
      throw new PipelineError(`The candidate cannot be used: ${error.message}`);
    throw error;
  }
}

function requireBoth({ versions, withheld }: ModelEntry, candidate: string, champion: string): void {
  const one = versions.find(({ version }) => version === candidate);
  if (one?.fault !== undefined) throw new PipelineError(`The candidate cannot be used: ${one.fault}`);
  const missing = [candidate, champion].find((number) => !versions.some(({ version }) => version === number));
  if (missing === undefined) return;
  throw new PipelineError(
    withheld.includes(missing)
      ? `versionPolicy in model.json would not serve ${champion} and ${candidate} beside each other: make it "all", or {"latest": 2} or more.`
      : `There is no version ${missing}.`,
  );
}

/** The files that signatures consist of, in the folder of a version. */
export const SIGNED_BY = ['shared.sha256', 'model.sig'] as const;

/** Copies what a change of model.json changes: itself, and the signatures of every version. */
export async function keepChangeable(folder: string, to: string): Promise<void> {
  const versions = (await readdir(folder)).filter((name) => isVersion(name));
  const names = ['model.json', ...versions.flatMap((one) => SIGNED_BY.map((file) => join(one, file)))];
  for (const name of names) {
    if (!(await isThere(join(folder, name)))) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await putFile(join(folder, name), join(to, name));
  }
}

const textOf = async (file: string): Promise<string> => ((await isThere(file)) ? readFile(file, 'utf8') : '');
