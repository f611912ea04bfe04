/**
 * Signs the whole model as it will be with the canary, and as it will be after its promotion: `ortolan models sign` on the copy. The
 * signatures are put in place with the files that they are of.
 */
import { join } from 'node:path';
import { reasonOf } from '../command.ts';
import type { Step } from '../context.ts';
import { PipelineError } from '../pipeline-error.ts';
import { putFile } from '../release/files.ts';
import { keepChangeable, stagedModel, stagedModels, stateOf } from '../release/stage.ts';
import { placeOf } from './exported.ts';

const DEADLINE_MS = 1_800_000;

export const sign: Step<'sign'> = async (run, { settings, command, env, signal }) => {
  if (settings.sign === undefined) return { signed: false };
  const { privateKey, passphraseFile } = settings.sign;
  const place = placeOf(run, settings);
  // The canary last: the copy of the candidate that is put among the versions then has its signature.
  for (const state of ['promoted', 'canary'] as const) {
    await putFile(join(stateOf(place, state), 'model.json'), join(stagedModel(place), 'model.json'));
    const end = await command({
      args: [
        ...['models', 'sign', settings.model, '--models', stagedModels(place), '--private-key', privateKey],
        ...(passphraseFile === undefined ? [] : ['--passphrase-file', passphraseFile]),
      ],
      env,
      deadlineMs: DEADLINE_MS,
      signal,
    });
    if (end.code !== 0) throw new PipelineError(reasonOf(end));
    await keepChangeable(stagedModel(place), stateOf(place, state));
  }
  return { signed: true };
};
