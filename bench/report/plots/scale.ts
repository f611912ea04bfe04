/** Axes: from a value to a place, and where the ticks are. Pure. */
import { number } from '../text/figure.ts';

export interface Scale {
  /** Pixels from the start of the axis. */
  readonly place: (value: number) => number;
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** From 0 to the next tick at or above `highest`, with ticks at about `wanted` round steps. */
export function linear(highest: number, pixels: number, wanted = 6): Scale {
  const step = roundStep((highest > 0 ? highest : 1) / wanted);
  const steps = Math.max(1, Math.ceil(highest / step - 1e-9));
  return upTo(steps * step, step, pixels);
}

/** From 0 to `highest` itself, so that lines end where the labels begin. */
export function linearTo(highest: number, pixels: number, wanted = 8): Scale {
  const end = highest > 0 ? highest : 1;
  return upTo(end, roundStep(end / wanted), pixels);
}

function upTo(end: number, step: number, pixels: number): Scale {
  const count = Math.floor(end / step + 1e-9) + 1;
  return {
    place: (value) => (value / end) * pixels,
    ticks: Array.from({ length: count }, (_, i) => tick(i * step)),
  };
}

/** Logarithmic, with ticks at 1, 2 and 5 times the powers of ten; both ends lie on ticks. All values are above 0. */
export function decades(lowest: number, highest: number, pixels: number): Scale {
  const mantissas = [1, 2, 5];
  const all: number[] = [];
  for (let exponent = Math.floor(Math.log10(lowest)); ; exponent++) {
    all.push(...mantissas.map((mantissa) => Number(`${mantissa}e${exponent}`)));
    if (10 ** exponent > highest) break;
  }
  const first = Math.max(
    all.findLastIndex((value) => value <= lowest * (1 + 1e-9)),
    0,
  );
  const last = Math.max(
    all.findIndex((value) => value >= highest * (1 - 1e-9)),
    first + 1,
  );
  const within = all.slice(first, last + 1);
  return logarithmic(within, pixels);
}

/** Logarithmic with a tick at each of these ascending values, such as the concurrencies that were measured. */
export function logarithmic(values: readonly number[], pixels: number): Scale {
  const low = Math.log(values[0] ?? 1);
  const high = Math.log(values.at(-1) ?? 1);
  const span = high > low ? high - low : 1;
  return { place: (value) => ((Math.log(value) - low) / span) * pixels, ticks: values.map(tick) };
}

/** The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least this. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const factor = [1, 2, 2.5, 5, 10].find((one) => one * power >= atLeast * (1 - 1e-9)) ?? 10;
  return factor * power;
}

function tick(value: number): Scale['ticks'][number] {
  return { value, label: number(value).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1') };
}
