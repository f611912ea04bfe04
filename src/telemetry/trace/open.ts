/** Turns tracing on, where the options say so: the tracer, the queue behind it, and the exporter, loaded now and not before. */
import { randomFillSync } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { TraceEvents } from './events.ts';
import { SpanQueue } from './queue.ts';
import { Tracer } from './tracer.ts';

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, for a short while, and drops the rest. */
  close(): Promise<void>;
}

/** How long a stop waits for the receiver of traces. */
const FLUSH_MS = 1000;

type Options = Pick<
  Config,
  'tracingEndpoint' | 'tracingSampleRatio' | 'tracingParent' | 'tracingServiceName'
>;

/** Undefined when nothing is to be traced. */
export async function openTracing(
  options: Options,
  clock: Clock,
  events: TraceEvents,
): Promise<Tracing | undefined> {
  const { tracingEndpoint, tracingSampleRatio: ratio, tracingParent: parent } = options;
  if (tracingEndpoint === undefined) return undefined;
  const url = urlOf(tracingEndpoint);
  const { createExporter } = await import('./exporter.ts');
  const sender = createExporter({ url, serviceName: options.tracingServiceName });
  const queue = new SpanQueue(sender, clock, events);
  events.tracingOn(url, ratio);
  const tracer = new Tracer({
    sampling: { ratio, parent },
    clock,
    wallNow: Date.now,
    fillRandom: randomFillSync,
    add: (spans) => queue.add(spans),
  });
  return { tracer, close: () => queue.close(FLUSH_MS) };
}

/** The path of OTLP is added where the URL has none. */
function urlOf(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}
