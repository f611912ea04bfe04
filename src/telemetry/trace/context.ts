/**
 * W3C Trace Context: reads and writes its headers. Pure. A malformed header counts as absent, as the specification asks:
 * a request is never refused for it.
 *
 * https://www.w3.org/TR/trace-context-2/
 */

/** The span of another system that a request belongs to. */
export interface TraceContext {
  /** 32 hexadecimal digits in lower case, not all of them zero. */
  readonly traceId: string;
  /** 16 of them. */
  readonly spanId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
  /** Marks of other systems, a list of `key=value`; undefined when there are none. */
  readonly state: string | undefined;
}

/** A later version may have more after a further dash; its first four fields are read as those of version 00. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const ALL_ZERO = /^0+$/;
const SAMPLED = 1;

/** Key and value of one mark: printable ASCII without comma and equals sign, no blank at the end. */
const MEMBER =
  /^[a-z\d][a-z\d_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MAX_MEMBERS = 32;

/** The specification asks to pass on at least this much. */
const MAX_STATE_LENGTH = 512;

/** What the headers `traceparent` and `tracestate` say; undefined for no valid traceparent, whatever the other is. */
export function readTraceContext(traceparent: string, tracestate: string): TraceContext | undefined {
  const [, version = 'ff', traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(traceparent) ?? [];
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined;
  return {
    traceId,
    spanId,
    // Flags that this version does not know are to be ignored.
    sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED,
    state: readTraceState(tracestate),
  };
}

/** The list in its plain form; undefined when it is empty, too long or malformed: it is kept whole or not at all. */
export function readTraceState(text: string): string | undefined {
  const members = text
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');
  const state = members.join(',');
  if (members.length === 0 || members.length > MAX_MEMBERS || state.length > MAX_STATE_LENGTH)
    return undefined;
  const keys = new Set(members.map((member) => member.slice(0, member.indexOf('='))));
  return keys.size === members.length && members.every((member) => MEMBER.test(member)) ? state : undefined;
}

/** The form that traceparent and traceresponse share; always of a sampled span. */
export const writeTraceContext = (traceId: string, spanId: string): string => `00-${traceId}-${spanId}-01`;
