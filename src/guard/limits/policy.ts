/** The limits of one caller, as they are enforced and as clients are told of them. Pure. */
import type { CallerLimits } from '../identity.ts';
import type { Bucket } from './ledger/bucket.ts';

export const DAY_MS = 86_400_000;

/** What a request costs. */
export type Unit = 'requests' | 'rows';

export interface Policy {
  readonly bucket: Bucket | undefined;
  /** Requests in flight at the same time. */
  readonly concurrency: number | undefined;
  /** Units in 24 hours. */
  readonly daily: number | undefined;
  /** The items that clients are told of, in the order in which their names stand in the fields. */
  readonly items: readonly PolicyItem[];
}

export interface PolicyItem {
  readonly name: 'rate' | 'concurrency' | 'daily';
  readonly quota: number;
  readonly windowSeconds?: number;
  /** Undefined: requests. */
  readonly unit?: 'rows' | 'concurrent-requests';
  readonly burst?: number;
}

/** Undefined: nothing is limited. */
export function policyOf({ rate, burst, concurrency, daily }: CallerLimits, unit: Unit): Policy | undefined {
  const bucket =
    rate === undefined ? undefined : { burst: burst ?? rate.count, unitMs: rate.windowMs / rate.count };
  const counted = unit === 'rows' ? ({ unit } as const) : {};
  const items: PolicyItem[] = [];
  if (rate !== undefined && bucket !== undefined) {
    const windowSeconds = rate.windowMs / 1000;
    items.push({ name: 'rate', quota: rate.count, windowSeconds, burst: bucket.burst, ...counted });
  }
  if (concurrency !== undefined) {
    items.push({ name: 'concurrency', quota: concurrency, unit: 'concurrent-requests' });
  }
  if (daily !== undefined) {
    items.push({ name: 'daily', quota: daily, windowSeconds: DAY_MS / 1000, ...counted });
  }
  return items.length === 0 ? undefined : { bucket, concurrency, daily, items };
}

/**
 * The part of the limits that one of several replicas enforces by itself. Each lets at least one request through, so that
 * what is small is enforced generously.
 */
export function shareOf(policy: Policy, replicas: number): Policy {
  const { bucket, daily } = policy;
  return {
    ...policy,
    bucket: bucket && {
      burst: Math.max(1, Math.floor(bucket.burst / replicas)),
      unitMs: bucket.unitMs * replicas,
    },
    daily: daily === undefined ? undefined : Math.max(1, Math.floor(daily / replicas)),
  };
}
