/** Values as people read them, in the units of our panels. */
import type { Unit } from '../source/panel.ts';

const SIGNIFICANT = 3;

/** `decimals`: of the number as it is shown; else three significant digits. */
export function figure(value: number, unit: Unit, decimals?: number): string {
  const digits = (number: number): string =>
    decimals === undefined ? String(Number(number.toPrecision(SIGNIFICANT))) : number.toFixed(decimals);
  switch (unit) {
    case 'percentunit':
      return `${digits(value * 100)} %`;
    case 's':
      return Math.abs(value) < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`;
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB'], digits);
    case 'Bps':
      return `${scaled(value, 1000, ['B', 'kB', 'MB', 'GB'], digits)}/s`;
    case 'reqps':
    case 'cps':
      return `${digits(value)}/s`;
    case 'short':
    case 'none':
      return digits(value);
  }
}

function scaled(
  value: number,
  base: number,
  units: readonly string[],
  digits: (n: number) => string,
): string {
  let power = 0;
  while (Math.abs(value) / base ** power >= base && power < units.length - 1) power++;
  return `${digits(value / base ** power)} ${units[power]}`;
}
