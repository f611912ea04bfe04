/** Puts the candidate among the versions, has the server load it, and gives it its first share of the requests. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Step } from '../context.ts';
import type { StepFacts } from '../journal/facts.ts';
import type { Run } from '../journal/progress.ts';
import { eventually, patiently } from '../patience.ts';
import { PipelineError } from '../pipeline-error.ts';
import { isThere, putText } from '../release/files.ts';
import { install } from '../release/place.ts';
import { stageOf, stateOf } from '../release/stage.ts';
import { measuredOf } from '../server/accuracy.ts';
import type { Served } from '../server/served.ts';
import { canaryTraffic } from '../server/canary-traffic.ts';
import { exported, placeOf } from './exported.ts';

/** With `--model-control poll` a version is seen at the second look. */
const LOADED_WITHIN_MS = 900_000;

export const load: Step<'load'> = async (run, context) => {
  const { settings, served, signal, now, tell } = context;
  const place = placeOf(run, settings);
  const { version, champion } = exported(run);
  await requireUnchanged(run, context);
  const began = await begin(run, context);
  await install(place, version);
  await loaded(context, version);
  const [weight = 10] = settings.canary.weights;
  const traffic = canaryTraffic(began.traffic, { champion, version, weight }, settings.canary);
  await patiently(context, () => served.setTraffic(traffic, signal));
  tell('canary.weight', { version, weight });
  return { at: now(), ...began };
};

type Began = Pick<StepFacts['load'], 'traffic' | 'champion'>;

/** What held before the canary; undefined when nothing of the server was changed yet. */
export async function beganWith(
  run: Run,
  { settings }: Pick<Context, 'settings'>,
): Promise<Began | undefined> {
  const file = fileOf(run, settings);
  return (await isThere(file)) ? (JSON.parse(await readFile(file, 'utf8')) as Began) : undefined;
}

const fileOf = (run: Run, settings: Context['settings']): string =>
  join(stageOf(placeOf(run, settings)), 'began.json');

/** What is to be known of the time before the canary: on the disk before anything is changed. */
async function begin(run: Run, context: Context): Promise<Began> {
  const { served, settings, signal } = context;
  const before = await beganWith(run, context);
  if (before !== undefined) return before;
  const { champion } = exported(run);
  const { settings: traffic, default_version: answers } = await patiently(context, () =>
    served.traffic(signal),
  );
  if (answers !== champion)
    throw new PipelineError(`version ${answers} answers now, and the candidate was judged by ${champion}`);
  if (traffic['split'] !== undefined)
    throw new PipelineError(
      `the traffic of ${settings.model} has a split that is not this pipeline's: promote it, roll it back, or take it away with ortolan models traffic ${settings.model} --split none`,
    );
  const measured = measuredOf(await patiently(context, () => served.accuracy(signal)), champion);
  const began: Began = { traffic, champion: measured };
  await putText(JSON.stringify(began), fileOf(run, settings));
  return began;
}

/** @throws PipelineError when somebody has written model.json since the candidate was laid beside it */
async function requireUnchanged(run: Run, { settings }: Context): Promise<void> {
  const place = placeOf(run, settings);
  const file = join(settings.models, settings.model, 'model.json');
  const text = (await isThere(file)) ? await readFile(file, 'utf8') : '';
  if (text === exported(run).modelJson) return;
  // An attempt that was cut off has put it there.
  if (text === (await readFile(join(stateOf(place, 'canary'), 'model.json'), 'utf8'))) return;
  throw new PipelineError('model.json was changed while the candidate was made');
}

/** Has the server load the model, and waits until it serves the version. @throws PipelineError when it refuses that */
export async function loaded(
  context: Pick<Context, 'served' | 'signal' | 'clock'>,
  version: string,
): Promise<void> {
  const { served, signal } = context;
  const answer = await patiently(context, () => served.load(signal));
  if (answer.kind === 'refused') throw new PipelineError(answer.reason);
  await eventually(
    context,
    LOADED_WITHIN_MS,
    () =>
      `the server has not loaded version ${version}: start it with --model-control explicit or poll, and with the same models folder`,
    async () => stateIn(await served.model(signal), version),
  );
}

function stateIn({ versions }: Awaited<ReturnType<Served['model']>>, wanted: string): true | undefined {
  const found = versions.find(({ version }) => version === wanted);
  if (found?.state === 'unavailable')
    throw new PipelineError(
      `the server does not take version ${wanted}: ${found.reason ?? 'it gives no reason'}`,
    );
  return found?.state === 'ready' || found?.state === 'waiting' ? true : undefined;
}
