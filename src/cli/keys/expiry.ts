/** When a key ends, as it is typed: `90d`, `12h`, or a time such as 2027-01-31. Pure. */
import { timeOf } from '../../guard/keys/keys-file.ts';
import { CliError } from '../cli-error.ts';

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const SPAN = /^([1-9]\d{0,4})([hdw])$/;
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/;

/** As RFC 3339 writes it, in UTC. `now`: milliseconds since 1970. @throws CliError */
export function expiryOf(text: string, now: number): string {
  const [, count, unit] = SPAN.exec(text) ?? [];
  const at =
    count !== undefined && unit !== undefined
      ? now + Number(count) * UNIT_MS[unit]!
      : TIME.test(text)
        ? timeOf(text)
        : NaN;
  if (Number.isNaN(at)) {
    throw new CliError(
      2,
      `--expires takes a time from now, such as 90d or 12h, or a day such as 2027-01-31, not ${text}.`,
    );
  }
  if (at <= now) throw new CliError(2, `--expires ${text} is in the past.`);
  return new Date(at).toISOString();
}
