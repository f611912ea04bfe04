/**
 * Keeps the candidate in the store before anything serves it: `ortolan artifacts push`, which knows the store by its options. What the
 * end of a run changes is kept there too: servers that pull at their start are to find what holds.
 */
import { reasonOf, type CommandEnd } from '../command.ts';
import type { Context, Step } from '../context.ts';
import { PipelineError } from '../pipeline-error.ts';
import { stagedModels } from '../release/stage.ts';
import { exported, placeOf } from './exported.ts';

const DEADLINE_MS = 3_600_000;

export const push: Step<'push'> = async (run, { settings, command, env, signal }) => {
  if (!settings.push) return { pushed: false };
  const named = `${settings.model}/${exported(run).version}`;
  const models = stagedModels(placeOf(run, settings));
  const args = ['artifacts', 'push', named, '--models', models];
  const end = await command({ args, env, deadlineMs: DEADLINE_MS, signal });
  if (end.code !== 0) throw new PipelineError(reasonOf(end));
  return { pushed: true };
};

/** The model as it is now. Returns why the store does not have it: the promotion stands all the same. */
export const pushPromoted = (context: Context): Promise<string | undefined> => {
  const { model, models } = context.settings;
  return stored(context, ['push', model, '--models', models]);
};

/** Takes a candidate that was rolled back out of the store, which keeps a backup. Returns why it is there still. */
export const unpush = (context: Context, version: string): Promise<string | undefined> =>
  stored(context, ['remove', `${context.settings.model}/${version}`]);

async function stored(
  { settings, command, env, signal }: Context,
  args: readonly string[],
): Promise<string | undefined> {
  if (!settings.push) return undefined;
  let end: CommandEnd;
  try {
    end = await command({ args: ['artifacts', ...args], env, deadlineMs: DEADLINE_MS, signal });
  } catch (error) {
    if (error instanceof PipelineError) return error.message;
    throw error;
  }
  return end.code === 0 ? undefined : reasonOf(end);
}
