/**
 * Turns spans into OTLP and posts them over HTTP. The only file that imports the packages of OpenTelemetry, and itself
 * imported only where tracing is on: they take 80 ms to load and 9 MiB of memory (measured).
 *
 * The library retries with timers that keep the process alive; SpanQueue retries instead, and counts its spans. So network
 * errors are passed to the library as final; what it still repeats (429, 502, 503, 504) ends with its timeout.
 */
import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import {
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type HrTime,
  type SpanContext,
  type TraceState,
} from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  type Resource,
} from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { VERSION } from '../../version.ts';
import type { Sent, SpanSender } from './queue.ts';
import type { SpanRecord, SpanReference } from './span.ts';

export interface ExporterSettings {
  /** Where traces are posted, whole: `http://jaeger:4318/v1/traces`. */
  readonly url: string;
  readonly serviceName: string;
  /** Asked for each export. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** A batch of spans is about 50 kB. */
const TIMEOUT_MS = 5000;

/** Further headers come from OTEL_EXPORTER_OTLP_HEADERS: the library reads it by itself, and puts ours before them. */
export function createExporter({ url, serviceName, headers = () => ({}) }: ExporterSettings): SpanSender {
  const connections = new Connections(url.startsWith('https:'));
  const exporter = new OTLPTraceExporter({
    url,
    headers: () => Promise.resolve({ ...headers() }),
    timeoutMillis: TIMEOUT_MS,
    concurrencyLimit: 2,
    userAgent: `ortolan/${VERSION}`,
    httpAgentOptions: () => connections.agent,
  });
  const resource = resourceOf(serviceName);
  return {
    send: (spans) =>
      new Promise((resolve) => {
        try {
          exporter.export(
            spans.map((span) => readable(span, resource)),
            (result) => resolve(sentOf(result)),
          );
        } catch (error) {
          resolve({ kind: 'refused', reason: String(error) });
        }
      }),
    close: () => connections.close(),
  };
}

/** The sending service. OTEL_RESOURCE_ATTRIBUTES adds attributes, but does not replace the service's name. */
function resourceOf(serviceName: string): Resource {
  const ours = { 'service.version': VERSION, 'service.instance.id': randomUUID(), 'host.name': hostname() };
  return resourceFromAttributes(ours)
    .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
    .merge(resourceFromAttributes({ 'service.name': serviceName }));
}

function sentOf({ code, error }: ExportResult): Sent {
  if (code === ExportResultCode.SUCCESS) return { kind: 'taken' };
  const reason = error?.message ?? 'unknown';
  // A number is the status of an answer; sending again would not change it.
  const status = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof status === 'number'
    ? { kind: 'refused', reason: `${status} ${reason}` }
    : { kind: 'failed', reason };
}

/** The connections of the exporter, which can be closed at once. */
class Connections {
  readonly agent: HttpAgent;
  #closed = false;

  constructor(secure: boolean) {
    const agent: HttpAgent = secure
      ? new HttpsAgent({ keepAlive: true })
      : new HttpAgent({ keepAlive: true });
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, done) => {
      if (this.#closed) throw new Error('The server has stopped.');
      const socket = connect(options, done);
      socket?.prependListener('error', asFinal);
      return socket;
    };
    this.agent = agent;
  }

  close(): void {
    this.#closed = true;
    for (const sockets of Object.values(this.agent.sockets)) {
      for (const socket of sockets ?? []) socket.destroy(new Error('The server has stopped.'));
    }
    this.agent.destroy();
  }
}

/** The library does not retry after an error without a code. */
function asFinal(error: NodeJS.ErrnoException): void {
  if (error.message === '') error.message = error.code ?? error.name; // Several addresses, each with its own.
  delete error.code;
}

const SCOPE = { name: 'ortolan', version: VERSION };
const KINDS = { server: SpanKind.SERVER, internal: SpanKind.INTERNAL };

function readable(span: SpanRecord, resource: Resource): ReadableSpan {
  const context = contextOf({ ...span, remote: false });
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context,
    ...(span.parent && { parentSpanContext: contextOf(span.parent) }),
    startTime: hrTime(span.startMs),
    endTime: hrTime(span.endMs),
    duration: hrTime(span.endMs - span.startMs),
    status:
      span.failed === undefined
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: span.failed },
    attributes: span.attributes,
    links: span.links.map((link) => ({ context: contextOf(link) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const contextOf = ({ traceId, spanId, remote = false, state }: SpanReference): SpanContext => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
  isRemote: remote,
  ...(state === undefined ? {} : { traceState: traceState(state) }),
});

/** As it came: the library's own form drops keys that the second level of the specification allows. */
const traceState = (text: string): TraceState => {
  const state: TraceState = {
    get: () => undefined,
    set: () => state,
    unset: () => state,
    serialize: () => text,
  };
  return state;
};

/** Seconds and nanoseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
