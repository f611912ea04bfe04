/** Keeps the candidate in the store before anything serves it: `ortolan artifacts push`, which knows the store by its options. */
import { reasonOf } from '../command.ts';
import type { Step } from '../context.ts';
import { PipelineError } from '../pipeline-error.ts';
import { stagedModels } from '../release/stage.ts';
import { exported, placeOf } from './exported.ts';

const DEADLINE_MS = 3_600_000;

export const push: Step<'push'> = async (run, { settings, command, env, signal }) => {
  if (!settings.push) return { pushed: false };
  const end = await command({
    args: [
      ...['artifacts', 'push', settings.model, exported(run).version],
      ...['--models', stagedModels(placeOf(run, settings))],
    ],
    env,
    deadlineMs: DEADLINE_MS,
    signal,
  });
  if (end.code !== 0) throw new PipelineError(reasonOf(end));
  return { pushed: true };
};
