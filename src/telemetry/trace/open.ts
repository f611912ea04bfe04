/** Turns tracing on where an endpoint is set: the tracer, the queue behind it, and the exporter, which is loaded only then. */
import { randomFillSync } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import type { TraceEvents } from '../events/traces.ts';
import { ExportHeaders } from './headers.ts';
import { SpanQueue } from './queue.ts';
import { Tracer } from './tracer.ts';

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends the spans that are left, for a second at most, and drops the rest. */
  close(): Promise<void>;
}

/** How long a stop waits for the receiver of traces. */
const FLUSH_MS = 1000;

type Options = Pick<
  Config,
  | 'tracingEndpoint'
  | 'tracingHeaders'
  | 'tracingHeadersFile'
  | 'tracingSampleRatio'
  | 'tracingParent'
  | 'tracingServiceName'
>;

/** Undefined when no endpoint is set. */
export async function openTracing(
  options: Options,
  clock: Clock,
  events: TraceEvents,
): Promise<Tracing | undefined> {
  const { tracingEndpoint, tracingSampleRatio: ratio, tracingParent: parent } = options;
  if (tracingEndpoint === undefined) return undefined;
  const url = urlOf(tracingEndpoint);
  const { createExporter } = await import('./exporter.ts');
  const { tracingHeaders: list, tracingHeadersFile: file } = options;
  const headers = new ExportHeaders({ list, file }, clock, events);
  const sender = createExporter({
    url,
    serviceName: options.tracingServiceName,
    headers: () => headers.now,
  });
  const queue = new SpanQueue(sender, clock, events);
  events.tracingOn(url, ratio);
  const tracer = new Tracer({
    sampling: { ratio, parent },
    clock,
    wallNow: Date.now,
    fillRandom: randomFillSync,
    add: (spans) => queue.add(spans),
  });
  return {
    tracer,
    close() {
      headers.close();
      return queue.close(FLUSH_MS);
    },
  };
}

/** The path of OTLP is added where the URL has none. */
function urlOf(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  return url.href;
}
