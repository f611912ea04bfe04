/** Times as people write them: `90s`, `15m`, `24h`, `30d`. Pure. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** What parseDuration reads, for schemas and sentences. */
export const DURATION = '^(\\d{1,9}(\\.\\d{1,3})?)(ms|s|m|h|d|w)$';

const PATTERN = new RegExp(DURATION);

/** Milliseconds, or undefined when `text` is not a time. */
export function parseDuration(text: string): number | undefined {
  const [, count, , unit] = PATTERN.exec(text.trim()) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * UNIT_MS[unit]!;
}

/** The two largest units of it, rounded: `1d 4h`, `2m 30s`, `350ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1000);
  const parts: string[] = [];
  for (const [unit, seconds] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
    rest -= count * seconds;
  }
  return parts.join(' ');
}
