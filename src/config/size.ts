/** Numbers of bytes as people write them: `20MiB`, `512k`, `1048576`. Pure. */

/** KiB, Ki and k are 1024 as in Kubernetes and nginx; only the SI spelling kB, MB, GB is a power of 1000. */
const POWERS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  bytes: 1,
  k: 1024,
  ki: 1024,
  kib: 1024,
  kb: 1000,
  m: 1024 ** 2,
  mi: 1024 ** 2,
  mib: 1024 ** 2,
  mb: 1000 ** 2,
  g: 1024 ** 3,
  gi: 1024 ** 3,
  gib: 1024 ** 3,
  gb: 1000 ** 3,
};

const UNITS = ['GiB', 'MiB', 'KiB'] as const;

/** Whole bytes, rounded down, or undefined when `text` is not a size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim());
  const power = match?.[2] === undefined ? undefined : POWERS[match[2].toLowerCase()];
  if (match?.[1] === undefined || power === undefined) return undefined;
  return Math.floor(Number(match[1]) * power);
}

/** The shortest exact form: 20 MiB, 512 KiB, or plain bytes when no unit divides them. parseSize reads it back. */
export function formatSize(bytes: number): string {
  for (const unit of UNITS) {
    const power = POWERS[unit.toLowerCase()] ?? 1;
    if (bytes >= power && bytes % power === 0) return `${bytes / power} ${unit}`;
  }
  return `${bytes} bytes`;
}
