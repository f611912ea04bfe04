/** One call of the server: an HTTP request within its deadline, sent again where that is of use. */
import { repeat, type Clock } from './attempts.ts';
import { errorOf, OrtolanError } from './ortolan-error.ts';

/** Per call; those of the client are the defaults. */
export interface CallOptions {
  /**
   * How long the whole call may take, in milliseconds, waits and repetitions included. The server is told what is left of it, and
   * refuses at once what it cannot answer in that time. Without it the latency objective of the model applies.
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the call: its promise rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** How many times the request is sent at most; 1: never again. */
  readonly attempts?: number | undefined;
  /** Longest wait between two attempts, in milliseconds. A server that asks for more is not asked again. */
  readonly maxWaitMs?: number | undefined;
  /** Further headers of the request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Sent {
  readonly url: URL;
  readonly body: NonNullable<RequestInit['body']>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Received {
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Posts a body and returns the body of the answer. A stream is sent only once.
 * @throws OrtolanError; the reason of the signal; TypeError or RangeError for options that cannot be used
 */
export function call(
  sent: Sent,
  { timeoutMs, signal, attempts = 4, maxWaitMs = 30_000, headers }: CallOptions,
  fetch: (request: Request) => Promise<Response>,
  clock: Clock,
): Promise<Received> {
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw new RangeError(`timeoutMs is ${timeoutMs}; it takes more than 0 and at most ${MAX_TIMEOUT_MS}.`);
  }
  const deadline = timeoutMs === undefined ? Infinity : clock.now() + timeoutMs;
  const streamed = sent.body instanceof ReadableStream;
  const attempt = async (): Promise<Received> => {
    const left = Math.max(1, Math.ceil(deadline - clock.now()));
    const timeLimit = timeoutMs === undefined ? undefined : AbortSignal.timeout(left);
    const init = {
      method: 'POST',
      headers: { ...sent.headers, ...headers, ...(timeLimit && { 'x-request-timeout-ms': String(left) }) },
      body: sent.body,
      signal: AbortSignal.any([signal, timeLimit].filter((one) => one !== undefined)),
      // The standard asks for it with a stream.
      ...(streamed && { duplex: 'half' as const }),
    };
    // What is wrong with the request is a TypeError here; one of fetch is a failed connection.
    const request = new Request(sent.url, init);
    try {
      const response = await fetch(request);
      if (!response.ok) throw errorOf(response.status, response.headers, await response.text(), clock.now());
      return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      throw reasonOf(error, signal, timeLimit, request.headers.get('x-request-id') ?? undefined);
    }
  };
  return repeat(attempt, { attempts: streamed ? 1 : attempts, maxWaitMs, deadline, signal }, clock);
}

/** What ended an attempt; a connection may break because one of the signals was aborted. */
function reasonOf(
  cause: unknown,
  signal?: AbortSignal,
  timeLimit?: AbortSignal,
  requestId?: string,
): unknown {
  if (cause instanceof OrtolanError) return cause;
  if (signal?.aborted) return signal.reason;
  // Both may be sent again: a prediction changes nothing on the server.
  const facts = { retryable: true, requestId, cause };
  return timeLimit?.aborted
    ? new OrtolanError('There was no answer within timeoutMs.', { code: 'DEADLINE_EXCEEDED', ...facts })
    : new OrtolanError('The server could not be reached, or the connection broke.', {
        code: 'CONNECTION_FAILED',
        ...facts,
      });
}
