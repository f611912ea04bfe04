/** The one class of errors of this client. */

export interface ErrorFacts {
  /** See {@link OrtolanError.code}. */
  readonly code: string;
  readonly retryable: boolean;
  /** HTTP status; undefined when there was no answer. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly pointer?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The server refused or failed, could not be reached, or did not answer in time. The message is for people. */
export class OrtolanError extends Error {
  override readonly name = 'OrtolanError';
  /**
   * One of the server's codes (`QUEUE_FULL`, `BAD_SHAPE`, …), or `HTTP_502` and the like for an answer without one, or of this
   * client: `CONNECTION_FAILED`, `DEADLINE_EXCEEDED` (the server's code too), `BAD_ANSWER`.
   */
  readonly code: string;
  /** HTTP status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** The server's log has the same. */
  readonly requestId: string | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** JSON pointer to the place in the request. */
  readonly pointer: string | undefined;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryable = facts.retryable;
    this.pointer = facts.pointer;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** An answer that the client cannot read. */
export const badAnswer = (message: string, cause?: unknown): OrtolanError =>
  new OrtolanError(message, { code: 'BAD_ANSWER', retryable: false, cause });

/** What a proxy says of a server that may be back in a moment. */
const TRANSIENT = new Set([429, 502, 503, 504]);

/** The error for an answer that is not 2xx; `text` is its body, ours or a proxy's page. */
export function errorOf(status: number, headers: Headers, text: string, now: number): OrtolanError {
  const { error, code, retryable, request_id, pointer } = fieldsOf(text);
  return new OrtolanError(typeof error === 'string' ? error : `The answer has the status ${status}.`, {
    code: typeof code === 'string' ? code : `HTTP_${status}`,
    status,
    retryable: typeof retryable === 'boolean' ? retryable : TRANSIENT.has(status),
    requestId: typeof request_id === 'string' ? request_id : (headers.get('x-request-id') ?? undefined),
    pointer: typeof pointer === 'string' ? pointer : undefined,
    retryAfterMs: millisecondsOf(headers.get('retry-after'), now),
  });
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Retry-After is a number of seconds, or a date (RFC 9110, 10.2.3). */
function millisecondsOf(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
