/**
 * A span as plain data, complete when it is made; how it is sent is decided elsewhere. Times are milliseconds since 1970
 * with a fraction.
 */

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Another span, of any trace. */
export interface SpanReference {
  readonly traceId: string;
  readonly spanId: string;
  /** It belongs to another process. */
  readonly remote?: boolean;
  readonly state?: string | undefined;
}

export interface SpanRecord {
  readonly name: string;
  readonly kind: 'server' | 'internal';
  readonly traceId: string;
  readonly spanId: string;
  /** Of the same trace; undefined for its first span. */
  readonly parent: SpanReference | undefined;
  /** The caller's tracestate. */
  readonly state: string | undefined;
  readonly startMs: number;
  /** Never before startMs. */
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly links: readonly SpanReference[];
  /** The reason, when it failed. */
  readonly failed: string | undefined;
}

/** Where spans are made and where they go. */
export interface SpanSink {
  spanId(): string;
  traceId(): string;
  /** A time of the server's clock as one since 1970. */
  wallMs(clockMs: number): number;
  /** Takes spans that belong together: all of them are kept, or none. */
  add(spans: readonly SpanRecord[]): void;
}
