/** The answers to callers that are over a limit. Pure. */
import { ServingError } from '../../errors.ts';
import type { Standing } from './ledger/account.ts';
import { wholeSeconds } from './ledger/bucket.ts';
import type { Policy, Unit } from './policy.ts';

/** Envoy, and what is built on it, sends such a request no second time. */
const NO_RETRY = [['x-envoy-ratelimited', 'true']] as const;

export interface RefusalStyle {
  readonly unit: Unit;
  /** Whether Envoy is told too. */
  readonly envoy: boolean;
}

/** Of a standing that refuses. */
export function overLimit(
  { refusedBy, retryMs }: Standing,
  { items }: Policy,
  { unit, envoy }: RefusalStyle,
): ServingError {
  const seconds = Math.max(1, wholeSeconds(retryMs));
  const details = { retryAfterSeconds: seconds, headers: envoy ? NO_RETRY : [] };
  if (refusedBy === 'daily') {
    const quota = items.find(({ name }) => name === 'daily')?.quota;
    return new ServingError(
      'QUOTA_EXCEEDED',
      `The caller has used its ${quota} ${unit} of the day; the next begins in ${seconds} s.`,
      details,
    );
  }
  const item = items.find(({ name }) => name === 'rate');
  return new ServingError(
    'RATE_LIMITED',
    `The caller may send ${item?.quota} ${unit} in ${item?.windowSeconds} s; try again in ${seconds} s.`,
    details,
  );
}

/** Nobody knows when one of them will be answered: a second is what the draft has as its least. */
export const tooManyAtOnce = (limit: number, { envoy }: Pick<RefusalStyle, 'envoy'>): ServingError =>
  new ServingError(
    'RATE_LIMITED',
    `The caller may have ${limit} requests in flight at the same time; wait for the answer to one of them.`,
    { retryAfterSeconds: 1, headers: envoy ? NO_RETRY : [] },
  );

export const tooManyFailures = (retryMs: number): ServingError =>
  new ServingError(
    'RATE_LIMITED',
    'Too many requests from this address had no valid credentials; try again later.',
    { retryAfterSeconds: Math.max(1, wholeSeconds(retryMs)) },
  );
