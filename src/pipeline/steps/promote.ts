/** Lets the candidate answer for good: all traffic first, then model.json, so that it also holds after the next start. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context, Step } from '../context.ts';
import { eventually, patiently } from '../patience.ts';
import { clear, retire, settle } from '../release/place.ts';
import { stateOf } from '../release/stage.ts';
import { isThere } from '../release/files.ts';
import { loaded } from './load.ts';
import { pushPromoted } from './push.ts';
import { exported, placeOf } from './exported.ts';

const SETTLED_WITHIN_MS = 900_000;

export const promote: Step<'promote'> = async (run, context) => {
  const { settings, served, signal } = context;
  const { version } = exported(run);
  const place = placeOf(run, settings);
  await patiently(context, () => served.step('promote', version, signal));
  let retired: readonly string[] = [];
  if (await isThere(stateOf(place, 'promoted'))) {
    await settle(place);
    retired = await superseded(version, context);
    await retire(place, retired);
  }
  await loaded(context, version);
  await eventually(
    context,
    SETTLED_WITHIN_MS,
    () => `the server has not taken the new model.json, by which version ${version} answers`,
    async () => ((await served.model(signal)).default_version === version ? true : undefined),
  );
  await patiently(context, () => served.setTraffic(run.facts.load!.traffic, signal));
  const store = await pushPromoted(context);
  await clear(place);
  return { retired, ...(store !== undefined && { store }) };
};

/** Versions of earlier runs that are more than are to be kept, and that no label names. */
async function superseded(version: string, { settings, promoted }: Context): Promise<readonly string[]> {
  const own = [...promoted().filter((one) => one !== version), version];
  const old = own.slice(0, -settings.keepVersions);
  const text = await readFile(join(settings.models, settings.model, 'model.json'), 'utf8');
  const { versionLabels = {} } = JSON.parse(text) as { versionLabels?: Record<string, number> };
  const named = new Set(Object.values(versionLabels).map(String));
  return old.filter((one) => !named.has(one));
}
