/** Options of the server as a process: where it listens, how it stops, where it keeps files. */
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import Type from 'typebox';
import { about, HOUR_MS, MS, type StartFacts } from '../option.ts';

export const SERVER = {
  host: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    ...about(
      'Address to listen on. The default accepts connections from this machine only, 0.0.0.0 from every network.',
    ),
  }),
  port: Type.Integer({
    default: 8000,
    minimum: 0,
    maximum: 65535,
    ...about('Port to listen on. 0 takes any free port; the log says which.'),
  }),
  cacheDir: Type.String({
    minLength: 1,
    ...about(
      'Folder for files that the server makes again when they are missing: the relinked HTTP addon, measured costs, compiled models.',
      { computed: ({ env }) => userCacheFolder(env), otherwise: 'the user’s cache folder', path: true },
    ),
  }),
  drainDeadlineMs: Type.Integer({
    default: 25_000,
    minimum: 0,
    maximum: HOUR_MS,
    ...about(
      'Longest time that a shutdown waits for accepted work; the process then ends, and requests that wait for a worker or run get DRAINING. Keep it below the grace period of the supervisor (Kubernetes: 30 s).',
      MS,
    ),
  }),
  wedgedAfterMs: Type.Integer({
    default: 30_000,
    minimum: 1000,
    maximum: HOUR_MS,
    ...about(
      'A batch that runs longer than this, and than 20 times its prediction, makes liveness fail, so that the supervisor restarts the process. Raise it for models whose batches take many seconds.',
      MS,
    ),
  }),
  loadWedgedAfterMs: Type.Integer({
    default: 600_000,
    minimum: 1000,
    maximum: 24 * HOUR_MS,
    ...about(
      'A load of a model, in any thread, that takes longer than this makes liveness fail, so that the supervisor restarts the process. Raise it for models that take many minutes to load.',
      MS,
    ),
  }),
  metricsCompat: Type.Enum(['none', 'triton'], {
    default: 'none',
    ...about(
      'Further metric names at /metrics: triton adds the nv_inference counters of NVIDIA Triton, for dashboards made for it.',
    ),
  }),
} as const;

function userCacheFolder(env: StartFacts['env']): string {
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  if (isAbsolute(xdg)) return join(xdg, 'ortolan');
  // An empty or relative HOME would put the cache into the working folder.
  const named = env['HOME'] ?? '';
  const home = isAbsolute(named) ? named : userInfo().homedir;
  return process.platform === 'darwin'
    ? join(home, 'Library', 'Caches', 'ortolan')
    : join(home, '.cache', 'ortolan');
}
