/** The limits of callers, as the options have them. Loaded only where there are some. */
import type { Clock } from '../clock.ts';
import { Check } from 'typebox/schema';
import { OPTIONS, type Config } from '../config/schema.ts';
import { KeyFileError } from '../config/secrets/key-file.ts';
import { readSecretText } from '../config/secrets/secret-text.ts';
import { FileWatch } from '../disk/file-watch.ts';
import { authenticates } from '../config/authentication.ts';
import type { ClientAddress } from '../guard/client-address.ts';
import { Failures } from '../guard/limits/failures.ts';
import { LocalLedger, type Ledger } from '../guard/limits/ledger/local.ts';
import { LimitedCallers } from '../guard/limits/limited.ts';
import { Limits } from '../guard/limits/limits.ts';
import { shareOf, type Policy } from '../guard/limits/policy.ts';
import { limitScript, type Reply } from '../guard/limits/ledger/script.ts';
import { SharedLedger } from '../guard/limits/ledger/redis.ts';
import { rateOf } from '../guard/rate.ts';
import type { SharedScript } from '../outbound/redis.ts';
import type { LimitEvents } from '../telemetry/events/clients/limits.ts';

export interface OpenLimits {
  readonly limits: Limits;
  /** Ends the connection to the Redis in which replicas share them, where there is one. */
  close(): void;
}

/** A Redis is connected to in the background. */
export async function openLimits(
  config: Config,
  clientAddress: ClientAddress,
  clock: Clock,
  events: LimitEvents,
): Promise<OpenLimits> {
  const redis = await openRedis(config, clock, events);
  const ofAddresses = {
    rate: rateIn(config.rateLimit),
    burst: config.rateLimitBurst,
    concurrency: config.concurrencyLimit,
    daily: config.dailyLimit,
  };
  const ofKnown = {
    rate: rateIn(config.keyRateLimit),
    burst: config.keyRateLimitBurst,
    concurrency: config.keyConcurrencyLimit,
    daily: config.keyDailyLimit,
  };
  const { rateLimitCost: unit, rateLimitHeaders: style, authFailureLimit } = config;
  const failures = authenticates(config) ? rateIn(authFailureLimit) : undefined;
  const limits = new Limits({
    callers: new LimitedCallers({ ofAddresses, ofKnown, unit, style, clientAddress }),
    ledger: ledgerOf(config, redis?.script, clock, events),
    failures: failures && new Failures(failures, clientAddress, clock),
    style: { unit, envoy: style === 'envoy' || style === 'both' },
    events,
  });
  return { limits, close: () => redis?.close() };
}

function ledgerOf(
  config: Config,
  redis: SharedScript<Reply> | undefined,
  clock: Clock,
  events: LimitEvents,
): Ledger {
  if (redis === undefined) return new LocalLedger(clock);
  const { rateLimitReplicas: replicas, rateLimitRedisPrefix: prefix } = config;
  const shares = new WeakMap<Policy, Policy>();
  const share = (policy: Policy): Policy => {
    const known = shares.get(policy) ?? shareOf(policy, replicas);
    shares.set(policy, known);
    return known;
  };
  return new SharedLedger({ redis, prefix, alone: new LocalLedger(clock, share), clock, events });
}

/** The Redis in which replicas share the limits of callers. */
interface OpenRedis {
  readonly script: SharedScript<Reply>;
  close(): void;
}

/** It is connected to in the background. Undefined where there is none. */
async function openRedis(config: Config, clock: Clock, events: LimitEvents): Promise<OpenRedis | undefined> {
  const { rateLimitRedisUrl: url, rateLimitRedisUrlFile: file } = config;
  if (url === undefined) return undefined;
  // Takes memory and start-up time: only who shares limits loads it.
  const { SharedScript: Shared } = await import('../outbound/redis.ts');
  const { rateLimitRedisTimeoutMs: timeoutMs, rateLimitRedisPrefix: prefix } = config;
  const script = new Shared({ url, timeoutMs, clock, events }, limitScript(prefix));
  if (file === undefined) return { script, close: () => script.close() };
  const onChange = (): void => moveTo(script, file, events);
  const watch = new FileWatch({ files: [file], clock, onChange });
  return {
    script,
    close() {
      watch.stop();
      script.close();
    },
  };
}

/** The file has changed. */
function moveTo(script: SharedScript<Reply>, file: string, events: LimitEvents): void {
  try {
    const url = readSecretText(file);
    if (!Check(OPTIONS.rateLimitRedisUrl, url)) throw new KeyFileError(`${file} is not a redis:// URL.`);
    script.moveTo(url);
    events.storeMoved();
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    events.storeRefused(error.message);
  }
}

/** `off` is none. */
const rateIn = (text: string | undefined) => (text === undefined ? undefined : rateOf(text));
