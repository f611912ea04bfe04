/**
 * Parses an OTLP export of traces from its protobuf bytes, by the field numbers of opentelemetry-proto, independently of
 * the code that writes it.
 */

export interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly flags: number;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly OtlpLink[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
  readonly message: string;
}

export interface OtlpLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly flags: number;
}

export interface OtlpExport {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  readonly spans: readonly OtlpSpan[];
}

type Value = bigint | Buffer;

/** Parses every ResourceSpans of an ExportTraceServiceRequest. */
export const readExport = (bytes: Buffer): OtlpExport[] => all(bytes, 1).map(readResourceSpans);

function readResourceSpans(bytes: Buffer): OtlpExport {
  const scopes = all(bytes, 2);
  return {
    resource: attributesOf(all(bytes, 1)[0] ?? Buffer.alloc(0), 1),
    scope: text(all(scopes[0]!, 1)[0]!, 1),
    spans: scopes.flatMap((scope) => all(scope, 2).map(readSpan)),
  };
}

const readSpan = (span: Buffer): OtlpSpan => {
  const status = all(span, 15)[0] ?? Buffer.alloc(0);
  return {
    traceId: hex(span, 1),
    spanId: hex(span, 2),
    traceState: text(span, 3),
    parentSpanId: hex(span, 4),
    name: text(span, 5),
    kind: number(span, 6),
    start: all(span, 7)[0]!.readBigUInt64LE(),
    end: all(span, 8)[0]!.readBigUInt64LE(),
    attributes: attributesOf(span, 9),
    links: all(span, 13).map((link) => ({
      traceId: hex(link, 1),
      spanId: hex(link, 2),
      traceState: text(link, 3),
      flags: all(link, 6)[0]?.readUInt32LE() ?? 0,
    })),
    message: text(status, 2),
    status: number(status, 3),
    flags: all(span, 16)[0]?.readUInt32LE() ?? 0,
  };
};

function attributesOf(bytes: Buffer, field: number): Record<string, unknown> {
  return Object.fromEntries(all(bytes, field).map((pair) => [text(pair, 1), anyValue(all(pair, 2)[0]!)]));
}

function anyValue(bytes: Buffer): unknown {
  const [field, value] = [...fields(bytes)][0] ?? [0, 0n];
  if (field === 1) return (value as Buffer).toString('utf8');
  if (field === 2) return value === 1n;
  if (field === 3) return Number(value);
  if (field === 4) return (value as Buffer).readDoubleLE();
  throw new Error(`An attribute of a kind that is not used here: ${field}`);
}

const all = (bytes: Buffer, field: number): Buffer[] =>
  [...fields(bytes)].filter(([number]) => number === field).map(([, value]) => value as Buffer);

const text = (bytes: Buffer, field: number): string => all(bytes, field)[0]?.toString('utf8') ?? '';
const hex = (bytes: Buffer, field: number): string => all(bytes, field)[0]?.toString('hex') ?? '';
const number = (bytes: Buffer, field: number): number =>
  Number([...fields(bytes)].find(([number]) => number === field)?.[1] ?? 0n);

/** Yields field numbers with values: bigints of varints, bytes of other fields. */
function* fields(bytes: Buffer): Generator<readonly [number, Value]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire === 0) yield [tag >> 3, varint()];
    else if (wire === 1) yield [tag >> 3, take(8)];
    else if (wire === 2) yield [tag >> 3, take(Number(varint()))];
    else if (wire === 5) yield [tag >> 3, take(4)];
    else throw new Error(`This is no protobuf: wire type ${wire}`);
  }
}
