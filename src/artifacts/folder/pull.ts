/**
 * Makes the models folder what a source offers: what is missing is fetched beside it and checked, file by file, then put in
 * its place by renames. A model that cannot be pulled stays as it is, and the others are pulled all the same.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreUnreachable } from '../../outbound/store/connection.ts';
import { ModelError } from '../../repository/model-error.ts';
import { isVersion } from '../../repository/versions.ts';
import { disagreement } from '../agreement.ts';
import { ArtifactError, type ArtifactFault } from '../artifact-error.ts';
import type { OfferedModel } from '../source/source.ts';
import { comparison, type Comparison } from './compare.ts';
import { homeOf, lockOf, partsFolder, type ModelHome } from './home.ts';
import { withLock } from './lock.ts';
import { atomically, carryOut, finish } from './plan.ts';
import type { PullSettings } from './pull-settings.ts';
import { readRecord, withFacts } from './record.ts';
import { madeReady } from './stage.ts';

const CONFIG = 'model.json';

export interface PulledModel {
  readonly model: string;
  readonly added: readonly string[];
  readonly replaced: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
  /** Whether model.json, the class names or the golden samples are others than before. */
  readonly settings: boolean;
  readonly bytes: number;
}

export interface PullFailure {
  readonly model: string;
  readonly fault: ArtifactFault;
  readonly reason: string;
}

export interface PullReport {
  readonly models: readonly PulledModel[];
  readonly failures: readonly PullFailure[];
}

/** Whether the pull has changed anything of the model. */
export const hasChanged = ({ added, replaced, removed, settings }: PulledModel): boolean =>
  added.length + replaced.length + removed.length > 0 || settings;

/** @throws ArtifactError when the models folder cannot be written; the reason of the signal */
export function pull(
  offered: ReadonlyMap<string, OfferedModel>,
  settings: PullSettings,
): Promise<PullReport> {
  const { models: folder, clock, signal } = settings;
  return withLock(lockOf(folder), clock, signal, async () => {
    const models: PulledModel[] = [];
    const failures: PullFailure[] = [];
    for (const [name, model] of offered) {
      signal?.throwIfAborted();
      try {
        models.push(await pullModel(name, model, settings));
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ model: name, ...faultOf(error) });
      }
    }
    // Nothing is missing: what is left of earlier attempts is of no use.
    if (failures.length === 0) await rm(partsFolder(folder), { recursive: true, force: true });
    return { models, failures };
  });
}

/** Every error as one of artifacts. */
export function faultOf(error: unknown): Pick<PullFailure, 'fault' | 'reason'> {
  if (error instanceof ArtifactError) return { fault: error.fault, reason: error.message };
  if (error instanceof ModelError) return { fault: 'corrupt', reason: error.message };
  if (error instanceof StoreUnreachable) return { fault: 'unreachable', reason: `${error.message}.` };
  return { fault: 'local', reason: error instanceof Error ? error.message : String(error) };
}

async function pullModel(name: string, offered: OfferedModel, settings: PullSettings): Promise<PulledModel> {
  const { models, source, removes } = settings;
  const home = homeOf(models, name);
  await finish(home);
  const before = await readRecord(home);
  const compared = await comparison(home, offered, before, removes);
  requireReplaceable(name, compared, settings);
  const { added, replaced, removed, unchanged, files } = compared;
  const put = [...added, ...replaced];
  const settingsChanged = files.put.length + files.taken.length > 0;
  let bytes = 0;
  if (put.length > 0 || settingsChanged) {
    const ready = await madeReady(
      home,
      name,
      offered,
      compared,
      before,
      settings,
      (arrived) => (bytes += arrived),
    );
    await requireAgreement(home, compared);
    await carryOut(home, {
      record: { format: 1, source: source.address, ...ready },
      put: [...put, ...files.put],
      taken: [...removed, ...files.taken],
    });
  } else if (removed.length > 0) {
    await requireAgreement(home, compared);
    await carryOut(home, { record: { ...recordOf(compared, source.address) }, put: [], taken: removed });
  }
  const changed = put.length + removed.length > 0 || settingsChanged;
  const now = changed ? await readRecord(home) : recordOf(compared, source.address);
  if (now !== undefined && (changed || JSON.stringify(now) !== JSON.stringify(before))) {
    await atomically(home.record, JSON.stringify(await withFacts(home, now)));
  }
  return { model: name, added, replaced, removed, unchanged, settings: settingsChanged, bytes };
}

const recordOf = ({ known, files }: Comparison, source: string) => ({
  format: 1 as const,
  source,
  files: files.known,
  versions: Object.fromEntries(known),
});

/** @throws ArtifactError corrupt when the model could not be served as it would lie there */
async function requireAgreement(
  home: ModelHome,
  { added, replaced, removed, files }: Comparison,
): Promise<void> {
  const there = await readdir(home.model).catch(() => []);
  const stay = there.filter((name) => isVersion(name) && !removed.includes(name));
  const versions = [...new Set([...stay, ...added, ...replaced])];
  const config = files.put.includes(CONFIG) ? join(home.fresh, CONFIG) : join(home.model, CONFIG);
  const isGone = files.taken.includes(CONFIG) || versions.length === 0;
  const text = isGone ? undefined : await readFile(config, 'utf8').catch(() => undefined);
  const why = text === undefined ? undefined : disagreement(text, versions);
  if (why !== undefined) throw new ArtifactError('corrupt', `${why}.`.replace(/\.\.$/, '.'));
}

/** @throws ArtifactError local when something would be lost that only this machine has */
function requireReplaceable(name: string, { foreign, damaged }: Comparison, settings: PullSettings): void {
  const { replaces, models } = settings;
  const [first] = replaces === 'all' ? [] : replaces === 'damaged' ? foreign : [...foreign, ...damaged];
  if (first === undefined) return;
  const why = foreign.includes(first) ? 'was not pulled' : 'was changed here since it was pulled';
  throw new ArtifactError(
    'local',
    `${homeOf(models, name).model}/${first} ${why}, and is another than the one in ${settings.source.address}: push it, or move it away.`,
  );
}
