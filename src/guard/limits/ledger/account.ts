/** What one caller has used of its limits, and what a request takes of them. Pure. */
import { take, type Left } from './bucket.ts';
import { DAY_MS, type Policy } from '../policy.ts';

export interface Account {
  /** When its bucket is full. */
  fullAt: number;
  /** Units of the day. */
  used: number;
  /** A day begins with the first request in it: no clock that may be set decides. */
  dayEndsAt: number;
}

export interface Charge {
  /** Units. */
  readonly cost: number;
  /** Units that the same request has been charged before. */
  readonly held: number;
  /** Whether it counts for the day. */
  readonly daily: boolean;
}

/** How a request stands with the limits of its caller. */
export interface Standing {
  readonly refusedBy: 'rate' | 'daily' | undefined;
  /** Until the same request would be let through; 0 when it is. */
  readonly retryMs: number;
  /** Undefined where it is not limited, or not known. So is `daily`. */
  readonly rate: Left | undefined;
  readonly daily: Left | undefined;
}

export const newAccount = (): Account => ({ fullAt: -Infinity, used: 0, dayEndsAt: -Infinity });

/** When nothing of it is used any more: from then on it is as good as a new one. */
export const idleAt = ({ fullAt, used, dayEndsAt }: Account): number =>
  used > 0 ? Math.max(fullAt, dayEndsAt) : fullAt;

/** Charges all limits, or none of them when one refuses. */
export function charge(
  account: Account,
  policy: Policy,
  { cost, held, daily }: Charge,
  now: number,
): Standing {
  const counts = daily && policy.daily !== undefined;
  const day = policy.daily === undefined ? undefined : dayOf(account, policy.daily, counts ? cost : 0, now);
  const free = policy.bucket === undefined ? undefined : take(policy.bucket, account.fullAt, now, cost, held);
  if (day?.allowed === false) {
    // Nothing is taken from the bucket: what it has is as before.
    const rate = policy.bucket === undefined ? undefined : take(policy.bucket, account.fullAt, now, 0, held);
    return { refusedBy: 'daily', retryMs: day.retryMs, rate, daily: day };
  }
  if (free?.allowed === false) {
    const before = policy.daily === undefined ? undefined : dayOf(account, policy.daily, 0, now);
    return { refusedBy: 'rate', retryMs: free.retryMs, rate: free, daily: before };
  }
  if (free !== undefined) account.fullAt = free.fullAt;
  if (counts) {
    if (now >= account.dayEndsAt) {
      account.used = 0;
      account.dayEndsAt = now + DAY_MS;
    }
    account.used += cost;
  }
  return { refusedBy: undefined, retryMs: 0, rate: free, daily: day };
}

function dayOf(
  { used, dayEndsAt }: Account,
  limit: number,
  cost: number,
  now: number,
): Left & { readonly allowed: boolean; readonly retryMs: number } {
  const over = now >= dayEndsAt;
  const before = over ? 0 : used;
  const allowed = before + cost <= limit;
  const after = allowed ? before + cost : before;
  const retryMs = over ? DAY_MS : dayEndsAt - now;
  return { allowed, remaining: limit - after, nextMs: after === 0 ? 0 : retryMs, retryMs };
}
