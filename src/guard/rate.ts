/** Rates as people write them: `5/s`, `300/min`, `1000/h`. Pure. */

export interface Rate {
  /** Requests in the window. */
  readonly count: number;
  readonly windowMs: number;
}

const WINDOWS_MS: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a rate looks like, for schemas and messages. */
export const RATE_PATTERN = '^[1-9]\\d{0,8}/(s|min|h|d)$';

/** Undefined when the text is no rate. */
export function rateOf(text: string): Rate | undefined {
  if (!new RegExp(RATE_PATTERN).test(text)) return undefined;
  const [count, window] = text.split('/') as [string, string];
  return { count: Number(count), windowMs: WINDOWS_MS[window]! };
}

export function textOfRate({ count, windowMs }: Rate): string {
  const window = Object.keys(WINDOWS_MS).find((name) => WINDOWS_MS[name] === windowMs);
  return `${count}/${window ?? `${windowMs}ms`}`;
}
