/** The limits of callers, as the options have them. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { ClientAddress } from '../guard/client-address.ts';
import { Failures } from '../guard/limits/failures.ts';
import { LocalLedger } from '../guard/limits/ledger.ts';
import { LimitedCallers } from '../guard/limits/limited.ts';
import { Limits, type LimitsParts } from '../guard/limits/limits.ts';
import { rateOf } from '../guard/rate.ts';
import { StartError } from './start-error.ts';

export interface LimitsFacts {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: LimitsParts['events'];
  /** Whether callers are asked who they are: their keys may have limits of their own. */
  readonly authenticated: boolean;
}

/** Undefined: nothing is limited. */
export function limitsOf(facts: LimitsFacts, clientAddress: ClientAddress): Limits | undefined {
  const { config, clock, events, authenticated } = facts;
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
  const limited = ofAddresses.rate ?? ofAddresses.concurrency ?? ofAddresses.daily;
  if (limited === undefined && !authenticated) return undefined;
  const { rateLimitCost: unit, rateLimitHeaders: style, authFailureLimit } = config;
  const failures = authenticated ? rateIn(authFailureLimit) : undefined;
  return new Limits({
    callers: new LimitedCallers({ ofAddresses, ofKnown, unit, style, clientAddress }),
    ledger: new LocalLedger(clock),
    failures: failures && new Failures(failures, clientAddress, clock),
    style: { unit, envoy: style === 'envoy' || style === 'both' },
    events,
  });
}

/** @throws StartError naming the entry of trustedProxies that is wrong: the pattern of the option accepts some. */
export function clientAddressOf({ trustedProxies, trustedProxyHeader }: Config): ClientAddress {
  try {
    return new ClientAddress(trustedProxies, trustedProxyHeader);
  } catch (error) {
    throw new StartError(`The option trustedProxies is wrong: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

/** `off` is none. */
const rateIn = (text: string | undefined) => (text === undefined ? undefined : rateOf(text));
