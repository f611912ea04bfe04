/** How much memory the process takes. */
import { readFileSync } from 'node:fs';

/** Bytes. */
export interface Footprint {
  /** Of its own. */
  readonly own: number;
  /** Of files that are mapped: counted once for each place in which a page is mapped, although it is in memory once. */
  readonly mapped: number;
}

/** Reads counters of the kernel. Elsewhere than on Linux everything counts as its own. */
export function footprint(): Footprint {
  const status = statusOf();
  const [own, mapped] = [kibOf(status, 'RssAnon'), kibOf(status, 'RssFile')];
  if (own === undefined || mapped === undefined) return { own: process.memoryUsage.rss(), mapped: 0 };
  return { own: own * 1024, mapped: mapped * 1024 };
}

/** Bytes by which memory has grown. `mappings`: in how many places each file is mapped. */
export const growth = (before: Footprint, after: Footprint, mappings: number): number =>
  Math.round(after.own - before.own + (after.mapped - before.mapped) / mappings);

function statusOf(): string {
  try {
    return readFileSync('/proc/self/status', 'utf8');
  } catch {
    return '';
  }
}

function kibOf(status: string, name: string): number | undefined {
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib);
}
