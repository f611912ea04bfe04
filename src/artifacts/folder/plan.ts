/**
 * How a model becomes what was made ready beside it, in steps of one rename each. The plan is on disk before the first step:
 * whoever finds it finishes it, without the store, so that nobody ever serves a half of one state and a half of another for
 * longer than a start takes.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../disk/make-folder.ts';
import { codeOf } from '../../repository/real-path.ts';
import { ArtifactError } from '../artifact-error.ts';
import type { ModelHome } from './home.ts';
import type { PulledRecord } from './record.ts';

export interface Plan {
  /** Of the state after the plan, without facts of the files, which are not known yet. */
  readonly record: PulledRecord;
  /** Versions and files of the model that lie ready under these names. */
  readonly put: readonly string[];
  /** Versions and files of the model that are no longer there afterwards. */
  readonly taken: readonly string[];
}

/** Writes the plan and carries it out. @throws ArtifactError local */
export async function carryOut(home: ModelHome, plan: Plan): Promise<void> {
  await atomically(home.plan, JSON.stringify(plan));
  await finish(home);
}

/** Does what is left of a plan; nothing where there is none. @throws ArtifactError local */
export async function finish(home: ModelHome): Promise<void> {
  const plan = await planAt(home.plan);
  try {
    if (plan !== undefined) {
      await mkdir(home.old, { recursive: true });
      for (const name of plan.put) await put(home, name);
      for (const name of plan.taken) await aside(home, name);
      await atomically(home.record, JSON.stringify(plan.record));
    }
    // The plan goes last: what is made ready without one was never complete.
    await rm(home.fresh, { recursive: true, force: true });
    await rm(home.old, { recursive: true, force: true });
    await rm(home.plan, { force: true });
  } catch (error) {
    throw new ArtifactError('local', `${home.model} cannot be written (${codeOf(error) ?? String(error)}).`, {
      cause: error,
    });
  }
}

/** Two renames, since no folder is renamed over another. Does nothing where it has been done. */
async function put(home: ModelHome, name: string): Promise<void> {
  const [fresh, place] = [join(home.fresh, name), join(home.model, name)];
  if (!(await exists(fresh))) return;
  makeFolder(dirname(place));
  await aside(home, name);
  await rename(fresh, place);
}

async function aside(home: ModelHome, name: string): Promise<void> {
  const [place, old] = [join(home.model, name), join(home.old, name)];
  if (!(await exists(place))) return;
  await rm(old, { recursive: true, force: true });
  makeFolder(dirname(old));
  await rename(place, old);
}

async function planAt(path: string): Promise<Plan | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Plan;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ArtifactError('local', `${path} cannot be read (${codeOf(error) ?? 'no JSON'}): remove it.`);
  }
}

export async function atomically(path: string, text: string): Promise<void> {
  makeFolder(dirname(path));
  await writeFile(`${path}.part`, text, { flush: true });
  await rename(`${path}.part`, path);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
