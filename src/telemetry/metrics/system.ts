/**
 * Disk and network counters of the process, read from /proc at each scrape. They stay at zero on systems other than
 * Linux.
 */
import { readFileSync } from 'node:fs';
import type { Metrics } from './metrics.ts';

export interface SystemCounters {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
}

/** Sets the four counters to their values in /proc. */
export function collectSystem(metrics: Metrics, counters: SystemCounters = readCounters()): void {
  metrics.diskBytes.of({ direction: 'read' }).raiseTo(counters.readBytes);
  metrics.diskBytes.of({ direction: 'write' }).raiseTo(counters.writtenBytes);
  metrics.networkBytes.of({ direction: 'receive' }).raiseTo(counters.receivedBytes);
  metrics.networkBytes.of({ direction: 'transmit' }).raiseTo(counters.transmittedBytes);
}

function readCounters(): SystemCounters {
  const io = read('/proc/self/io');
  const field = (name: string): number => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1] ?? 0);
  let receivedBytes = 0;
  let transmittedBytes = 0;
  for (const line of read('/proc/self/net/dev').split('\n').slice(2)) {
    const [name, received, , , , , , , , transmitted] = line.trim().split(/[:\s]+/);
    if (name === undefined || name === 'lo') continue;
    receivedBytes += Number(received ?? 0);
    transmittedBytes += Number(transmitted ?? 0);
  }
  return {
    readBytes: field('read_bytes'),
    writtenBytes: field('write_bytes'),
    receivedBytes,
    transmittedBytes,
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
