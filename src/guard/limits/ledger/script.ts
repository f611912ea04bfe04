/**
 * What account.ts does, as a script for a Redis that replicas share, by the clock of Redis. Its clock may be set: a bucket
 * keeps what is missing and since when, so that time which goes back gives nothing back and takes nothing either.
 */
import type { RedisScript } from '../../../outbound/redis.ts';
import type { Charge, Standing } from './account.ts';
import { DAY_MS, type Policy } from '../policy.ts';

/** KEYS: bucket, day. ARGV: see argsOf. Times in microseconds; a reply of integers. */
const LUA = `
local unit, burst, cost, held = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local daily, counts = tonumber(ARGV[5]), ARGV[6] == '1'
local time = redis.call('TIME')
-- Less than the whole has more digits behind the point.
local now = (time[1] - 1600000000) * 1000000 + time[2]
local missing, free, wanted = 0, 0, 0
if unit > 0 then
  local text = redis.call('GET', KEYS[1])
  local was, at = string.match(text or '', '^(%S+) (%S+)$')
  was, at = tonumber(was or '') or 0, tonumber(at or '') or now
  if at > now then
    redis.call('SET', KEYS[1], string.format('%.6f %.3f', was, now), 'KEEPTTL')
  else
    was = was - (now - at) / unit
  end
  missing = math.max(0, was)
  free = burst - missing
  wanted = math.min(cost + held, burst)
end
local used, left = 0, 0
if daily > 0 then
  used = tonumber(redis.call('GET', KEYS[2]) or '') or 0
  left = redis.call('PTTL', KEYS[2])
  -- A day without an end was not written by this script.
  if used > 0 and left < 0 then
    left = ${DAY_MS}
    redis.call('PEXPIRE', KEYS[2], left)
  end
end
local day = counts and cost or 0
local refused, retry = 0, 0
if daily > 0 and used + day > daily then
  refused, retry = 2, left >= 0 and left or ${DAY_MS}
elseif unit > 0 and free + 0.000001 < wanted - held then
  refused, retry = 1, (wanted - free) * unit / 1000
else
  if unit > 0 then
    missing = missing + cost
    free = free - cost
    redis.call('SET', KEYS[1], string.format('%.6f %.3f', missing, now), 'PX', math.ceil(missing * unit / 1000) + 1000)
  end
  if daily > 0 and day > 0 then
    used = redis.call('INCRBY', KEYS[2], day)
    if left < 0 then
      left = ${DAY_MS}
      redis.call('PEXPIRE', KEYS[2], left)
    end
  end
end
local remaining = math.max(0, math.floor(free + 0.000001))
local next = 0
if free + 0.000001 < burst then next = (remaining + 1 - free) * unit end
return { refused, math.ceil(retry), remaining, math.ceil(next), math.max(0, daily - used), used > 0 and math.max(0, left) or 0 }
`;

/** Without a rate the time of a unit is 0, without a limit of the day that is. */
export function argsOf({ bucket, daily }: Policy, { cost, held, daily: counts }: Charge): readonly number[] {
  const unit = bucket === undefined ? 0 : bucket.unitMs * 1000;
  return [unit, bucket?.burst ?? 0, cost, held, daily ?? 0, counts ? 1 : 0];
}

/** The numbers of a reply: by what it is refused, retry ms, units and microseconds to the next, units and ms of the day. */
export type Reply = readonly [number, number, number, number, number, number];

function read(reply: unknown): Reply | undefined {
  const valid =
    Array.isArray(reply) &&
    reply.length === 6 &&
    reply.every((part) => Number.isSafeInteger(part) && (part as number) >= 0) &&
    (reply[0] as number) <= 2;
  return valid ? (reply as unknown as Reply) : undefined;
}

/** `prefix`: of all its keys. */
export const limitScript = (prefix: string): RedisScript<Reply> => ({
  lua: LUA,
  read,
  // A bucket that is full again after a second.
  trial: { keys: keysOf(prefix, 'trial'), args: [1000, 1_000_000, 1, 0, 0, 0] },
});

/** The name in braces decides the place in a Redis Cluster: both keys are in one. */
export const keysOf = (prefix: string, name: string): readonly [string, string] => [
  `${prefix}:{${name}}:rate`,
  `${prefix}:{${name}}:day`,
];

const REFUSED_BY = [undefined, 'rate', 'daily'] as const;

export function standingOf([refused, retryMs, free, nextUs, left, dayMs]: Reply, policy: Policy): Standing {
  return {
    refusedBy: REFUSED_BY[refused],
    retryMs,
    rate: policy.bucket && { remaining: free, nextMs: nextUs / 1000 },
    daily: policy.daily === undefined ? undefined : { remaining: left, nextMs: dayMs },
  };
}
