/** Asks the server for what the triggers look at, and for nothing else. */
import { accuracyOf, labelsIn } from '../server/accuracy.ts';
import { driftOf } from '../server/drift.ts';
import type { Served } from '../server/served.ts';
import type { TriggerSettings } from '../settings/load.ts';
import type { Readings } from './due.ts';

/** @throws PipelineError as the server's answers are */
export async function readingsOf(
  { drift, accuracy, labels }: TriggerSettings,
  served: Served,
  signal: AbortSignal,
): Promise<Readings> {
  if (!drift && accuracy === undefined && labels === undefined) return {};
  const { default_version: answers } = await served.model(signal);
  const said = accuracy === undefined && labels === undefined ? undefined : await served.accuracy(signal);
  return {
    drift: drift ? driftOf(await served.drift(signal), answers) : undefined,
    accuracy: accuracyOf(said, answers),
    labels: labelsIn(said),
  };
}
