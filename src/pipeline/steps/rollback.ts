/** Makes the model what it was before the run: all traffic to the champion first, then the files. */
import type { Context, Step } from '../context.ts';
import { eventually, patiently } from '../patience.ts';
import { PipelineError } from '../pipeline-error.ts';
import { clear, withdraw } from '../release/place.ts';
import { beganWith } from './load.ts';
import { unpush } from './push.ts';
import { exported, placeOf } from './exported.ts';

const GONE_WITHIN_MS = 900_000;

export const rollback: Step<'rollback'> = async (run, context) => {
  const { settings, served, signal } = context;
  const { version } = exported(run);
  const place = placeOf(run, settings);
  const began = run.facts.load ?? (await beganWith(run, context));
  // Without it nothing was changed: what is there is somebody else's.
  if (began !== undefined) {
    await patiently(context, () => back(version, context));
    await withdraw(place, version);
    const answer = await patiently(context, () => served.load(signal));
    if (answer.kind === 'refused')
      throw new PipelineError(`the model as it was before is refused: ${answer.reason}`);
    await eventually(
      context,
      GONE_WITHIN_MS,
      () => `the server still has version ${version}, which was taken out of the models folder`,
      async () => ((await has(version, context)) ? undefined : true),
    );
    await patiently(context, () => served.setTraffic(began.traffic, signal));
  }
  const store = run.facts.push?.pushed === true ? await unpush(context, version) : undefined;
  await clear(place);
  return store === undefined ? {} : { store };
};

/** Nothing goes to the canary any more. */
async function back(version: string, { served, signal }: Context): Promise<void> {
  const { split } = await served.traffic(signal);
  if (split.some((one) => one.version === version && one.share > 0))
    await served.step('rollback', undefined, signal);
}

const has = async (version: string, { served, signal }: Context): Promise<boolean> =>
  (await served.model(signal)).versions.some((one) => one.version === version);
