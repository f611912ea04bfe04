/** What the server may depend on: how it is started, how the server is told of it, and which metrics tell how it is. */
import type { Config } from '../../../src/config/schema.ts';
import type { Labels } from '../../support/http-client.ts';
import { AUDIENCE, Issuer, ISSUER, issuerKey, tokenOf } from '../../support/issuer.ts';
import { REDIS_SERVER, startRedis } from '../../support/redis.ts';
import { startReceiver } from '../../support/otlp-receiver.ts';
import type { Scene } from '../scene.ts';

/** Its name, and labels of some of its series. */
export type Metric = readonly [name: string, labels?: Labels];

export interface Dependency {
  readonly name: string;
  /** Why it cannot be had here. */
  readonly missing?: () => string | undefined;
  /** Starts the real thing. `token`: with which requests are sent. */
  readonly start: (scene: Scene) => Promise<{ readonly port: number; readonly token?: string }>;
  /** What the server is told when it is at this port. */
  readonly configure: (
    port: number,
    token: string | undefined,
  ) => {
    readonly options?: Partial<Config>;
    readonly headers?: Readonly<Record<string, string>>;
    readonly env?: NodeJS.ProcessEnv;
  };
  /** Counters or gauges of which one rises while it is ill. */
  readonly tells: readonly Metric[];
  /** A counter that rises when it is well, or a gauge that is then more than it is while it is ill. */
  readonly well: Metric;
}

const traces: Dependency = {
  name: 'receiver of traces',
  start: async (scene) => ({ port: Number(new URL((await startReceiver(scene)).endpoint).port) }),
  configure: (port) => ({ options: { tracingEndpoint: `http://127.0.0.1:${port}` } }),
  tells: [['ortolan_trace_spans_dropped_total']],
  well: ['ortolan_trace_spans_exported_total'],
};

const redis: Dependency = {
  name: 'Redis',
  missing: () => (REDIS_SERVER === undefined ? 'redis-server is not on this machine' : undefined),
  start: async (scene) => ({ port: (await startRedis(scene)).port }),
  configure: (port) => ({
    env: { ORTOLAN_RATE_LIMIT: '100000/s', ORTOLAN_RATE_LIMIT_REDIS_URL: `redis://127.0.0.1:${port}` },
  }),
  tells: [['ortolan_limits_alone_total']],
  well: ['ortolan_limits_shared'],
};

const keySet: Dependency = {
  name: 'key set',
  start: async (scene) => {
    const key = await issuerKey('one');
    const { url } = await Issuer.open(scene, [key]);
    const hour = Math.floor(Date.now() / 1000) + 3600;
    return { port: Number(new URL(url).port), token: await tokenOf(key, { exp: hour }) };
  },
  configure: (port, token) => ({
    headers: { authorization: `Bearer ${token}` },
    env: {
      ORTOLAN_JWT_JWKS: `http://127.0.0.1:${port}/jwks`,
      ORTOLAN_JWT_ISSUER: ISSUER,
      ORTOLAN_JWT_AUDIENCE: AUDIENCE,
      ORTOLAN_JWT_REFRESH_MS: '1000',
      ORTOLAN_OPEN_ROUTES: 'page,metrics',
    },
  }),
  tells: [['ortolan_jwks_reads_total', { outcome: 'failed' }]],
  well: ['ortolan_jwks_reads_total', { outcome: 'ok' }],
};

export const DEPENDENCIES: readonly Dependency[] = [traces, redis, keySet];
