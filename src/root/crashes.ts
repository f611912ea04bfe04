/** What is on record of crashes. */
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { Crashes } from '../crashes/crashes.ts';
import { crashFolder } from '../disk/crash-folder.ts';
import type { Repository } from '../repository/repository.ts';
import type { Events } from '../telemetry/events/events.ts';
import { crashedBefore } from './supervised.ts';

/** Charges what ran when the process before this one crashed. */
export function crashesOf(
  { cacheDir, workers }: Config,
  repository: Repository,
  { server }: Events,
): Crashes {
  const folder = crashFolder(cacheDir);
  if (folder === undefined) server.crashesUnrecorded();
  const crashes = new Crashes({ folder, threads: workers + 1, clock, now: Date.now });
  const ended = crashedBefore();
  if (ended !== undefined) server.crashed(ended.signal, crashes.follows(ended, repository));
  server.crashesBefore(crashes.counts, crashes.last?.at);
  return crashes;
}
