/** A tracer that records its spans, on a fake clock; wall time is 1,000,000 ms ahead of the clock. */
import { Tracer, type TracerSettings } from '../../src/telemetry/trace/tracer.ts';
import type { SpanRecord } from '../../src/telemetry/trace/span.ts';
import { FakeClock } from './fake-clock.ts';

export const WALL_OFFSET_MS = 1_000_000;

export interface Traced {
  readonly tracer: Tracer;
  readonly clock: FakeClock;
  /** In the order in which they were recorded. */
  readonly spans: readonly SpanRecord[];
  /** Returns the only span of that name. @throws Error when there is none, or more than one */
  span(name: string): SpanRecord;
}

export function traced(settings: Partial<TracerSettings> = {}): Traced {
  const clock = new FakeClock();
  const spans: SpanRecord[] = [];
  let filled = 0;
  const tracer = new Tracer({
    sampling: { ratio: 1, parent: 'trust' },
    clock,
    wallNow: () => clock.now() + WALL_OFFSET_MS,
    fillRandom: (bytes) => bytes.forEach((_, index) => (bytes[index] = (++filled * 7919) >> 3)),
    add: (some) => spans.push(...some),
    ...settings,
  });
  return {
    tracer,
    clock,
    spans,
    span(name) {
      const [found, ...others] = spans.filter((span) => span.name === name);
      if (found === undefined || others.length > 0)
        throw new Error(`There are ${others.length} more or none of the name ${name}.`);
      return found;
    },
  };
}
