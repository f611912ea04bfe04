/**
 * One pull at a time in a models folder, also of processes on several machines that share it. The lock is a file that its
 * owner touches as long as it lives; one that nobody touches any more is taken over.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../clock.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import { codeOf } from '../../repository/real-path.ts';
import { ArtifactError } from '../artifact-error.ts';
import { wait } from '../retry.ts';

const TOUCH_MS = 5000;
const STALE_MS = 60_000;
const ASK_MS = 500;

/** Runs `work` with the lock. @throws ArtifactError local when the folder cannot be written; the reason of the signal */
export async function withLock<Result>(
  lock: string,
  clock: Clock,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    makeFolder(dirname(lock));
    while (!(await taken(lock))) await wait(clock, ASK_MS, signal);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new ArtifactError(
      'local',
      `${dirname(lock)} cannot be written (${codeOf(error)}): models are pulled into the models folder.`,
    );
  }
  let disarm = (): void => undefined;
  const touch = (): void => {
    disarm = clock.after(TOUCH_MS, () => {
      const now = new Date();
      void utimes(lock, now, now).catch(() => undefined);
      touch();
    });
  };
  touch();
  try {
    return await work();
  } finally {
    disarm();
    await rm(lock, { force: true });
  }
}

async function taken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o644)).close();
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  if (await isStale(lock)) {
    // One of those that see it takes it away.
    const aside = `${lock}-${randomBytes(6).toString('hex')}`;
    await rename(lock, aside).catch(() => undefined);
    await rm(aside, { force: true });
  }
  return false;
}

const isStale = (lock: string): Promise<boolean> =>
  stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs > STALE_MS,
    () => false,
  );
