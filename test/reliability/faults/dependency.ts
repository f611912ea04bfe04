/** What the server may depend on: how it is started, how the server is told of it, and which metrics tell how it is. */
import type { Config } from '../../../src/config/schema.ts';
import { REDIS_SERVER, startRedis } from '../../support/redis.ts';
import { startReceiver } from '../../support/otlp-receiver.ts';
import type { Scene } from '../scene.ts';

export interface Dependency {
  readonly name: string;
  /** Why it cannot be had here. */
  readonly missing?: () => string | undefined;
  /** Starts the real thing. `folder`: of files that go with it. */
  readonly start: (scene: Scene) => Promise<{ readonly port: number; readonly folder?: string }>;
  /** What the server is told when it is at this port. */
  readonly configure: (
    port: number,
    folder: string | undefined,
  ) => {
    readonly options?: Partial<Config>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly env?: NodeJS.ProcessEnv;
  };
  /** Counters or gauges of which one rises while it is ill. */
  readonly tells: readonly string[];
  /** A counter that rises when it is well, or a gauge that is then more than it is while it is ill. */
  readonly well: string;
}

const traces: Dependency = {
  name: 'receiver of traces',
  start: async (scene) => ({ port: Number(new URL((await startReceiver(scene)).endpoint).port) }),
  configure: (port) => ({ options: { tracingEndpoint: `http://127.0.0.1:${port}` } }),
  tells: ['ortolan_trace_spans_dropped_total'],
  well: 'ortolan_trace_spans_exported_total',
};

const redis: Dependency = {
  name: 'Redis',
  missing: () => (REDIS_SERVER === undefined ? 'redis-server is not on this machine' : undefined),
  start: async (scene) => ({ port: (await startRedis(scene)).port }),
  configure: (port) => ({
    env: { ORTOLAN_RATE_LIMIT: '100000/s', ORTOLAN_RATE_LIMIT_REDIS_URL: `redis://127.0.0.1:${port}` },
  }),
  tells: ['ortolan_limits_alone_total'],
  well: 'ortolan_limits_shared',
};

export const DEPENDENCIES: readonly Dependency[] = [traces, redis];
