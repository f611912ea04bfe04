/**
 * The head of a request, read while uWebSockets.js still holds it: the native request object may be used only
 * until the route handler returns.
 */
import { randomUUID } from 'node:crypto';
import { ServingError } from '../errors.ts';
import type { HttpRequest } from './addon/uws.ts';

/** What a client may send as its request id: it is echoed in a header and written to the log. */
const REQUEST_ID = /^[\w.-]{1,64}$/;
const DIGITS = /^\d{1,15}$/;

/** A header that says who the client is. */
export interface Credential {
  readonly name: 'authorization' | 'x-api-key';
  readonly value: string;
}

export interface RequestHead {
  readonly method: string;
  /** Path parameters, percent-decoded. */
  readonly parameters: readonly string[];
  readonly query: string;
  readonly requestId: string;
  /** Media type and parameters, as sent; empty when there is none. */
  readonly contentType: string;
  /** Codings of the body in the order in which they were applied, with commas between; empty when there is none. */
  readonly contentEncoding: string;
  /** Undefined for a chunked body. */
  readonly contentLength: number | undefined;
  readonly accept: string;
  /** Codings that the answer may have; empty when there is none. */
  readonly acceptEncoding: string;
  /** Bytes of the JSON in front of binary tensors, as sent; empty when there is none. */
  readonly inferenceHeaderLength: string;
  /** Of all such headers, with commas between; empty when there is none. So is `ifNoneMatch`. */
  readonly cacheControl: string;
  readonly ifNoneMatch: string;
  readonly origin: string;
  /** In the order in which they were sent; undefined when there are none. */
  readonly credentials: readonly Credential[] | undefined;
  /** Headers that were asked to be kept, in lower case, of those that the request has. */
  readonly kept: Readonly<Record<string, string>> | undefined;
  /** The client's own deadline, from arrival. */
  readonly timeoutMs: number | undefined;
  /** What is wrong with the head; it is answered once the exchange exists. */
  readonly problem: ServingError | undefined;
  /** It is not certain where this request ends: its answer closes the connection. */
  readonly misframed: boolean;
}

/** `keep`: names of further headers to keep, in lower case. `list`: one of which all occurrences are kept, with commas between. */
export function readHead(
  request: HttpRequest,
  parameters: number,
  keep: readonly string[] = [],
  list?: string,
): RequestHead {
  const method = request.getCaseSensitiveMethod();
  const sentId = request.getHeader('x-request-id');
  const timeout = request.getHeader('x-request-timeout-ms');
  const length = request.getHeader('content-length');
  const coding = request.getHeader('transfer-encoding');
  const chunked = coding !== '';
  const values: string[] = [];
  let problem: ServingError | undefined;
  for (let index = 0; index < parameters; index++) {
    const decoded = percentDecode(request.getParameter(index) ?? '');
    if (decoded === undefined) problem = new ServingError('ROUTE_NOT_FOUND', 'The path is not valid UTF-8.');
    values.push(decoded ?? '');
  }
  if (timeout !== '' && !(DIGITS.test(timeout) && Number(timeout) > 0)) {
    problem = new ServingError(
      'BAD_HEADER',
      'x-request-timeout-ms must be a positive whole number of milliseconds.',
    );
  }
  // Two lengths can smuggle a request past a proxy; uWebSockets.js uses the first.
  const { lengths, codings, encodings, cacheControls, tags, credentials } = repeatable(request);
  const badFraming = lengthProblem(lengths, length) ?? codingProblem(codings, coding);
  problem = badFraming ?? problem;
  return {
    method,
    parameters: values,
    // Undefined when the path has no question mark, whatever the declarations say.
    query: request.getQuery() || '',
    requestId: REQUEST_ID.test(sentId) ? sentId : randomUUID(),
    contentType: request.getHeader('content-type'),
    contentEncoding: encodings.join(),
    contentLength: chunked ? undefined : DIGITS.test(length) ? Number(length) : 0,
    accept: request.getHeader('accept'),
    acceptEncoding: request.getHeader('accept-encoding'),
    inferenceHeaderLength: request.getHeader('inference-header-content-length'),
    cacheControl: cacheControls.join(),
    ifNoneMatch: tags.join(),
    origin: request.getHeader('origin'),
    credentials,
    kept: keep.length === 0 && list === undefined ? undefined : keptOf(request, keep, list),
    timeoutMs: timeout === '' || problem !== undefined ? undefined : Number(timeout),
    problem,
    misframed: badFraming !== undefined,
  };
}

function keptOf(
  request: HttpRequest,
  keep: readonly string[],
  list: string | undefined,
): Record<string, string> {
  const kept: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of keep) {
    const value = request.getHeader(name);
    if (value !== '') kept[name] = value;
  }
  if (list !== undefined) {
    const values: string[] = [];
    request.forEach((name, value) => {
      if (name === list) values.push(value);
    });
    if (values.length > 0) kept[list] = values.join();
  }
  return kept;
}

/** The headers of which all occurrences count; getHeader returns the first only. */
function repeatable(request: HttpRequest): {
  readonly lengths: number;
  readonly codings: number;
  readonly encodings: readonly string[];
  readonly cacheControls: readonly string[];
  readonly tags: readonly string[];
  readonly credentials: readonly Credential[] | undefined;
} {
  let lengths = 0;
  let codings = 0;
  const encodings: string[] = [];
  const cacheControls: string[] = [];
  const tags: string[] = [];
  let credentials: Credential[] | undefined;
  request.forEach((name, value) => {
    if (name === 'content-length') lengths++;
    else if (name === 'transfer-encoding') codings++;
    else if (name === 'content-encoding') encodings.push(value);
    else if (name === 'cache-control') cacheControls.push(value);
    else if (name === 'if-none-match') tags.push(value);
    else if (name === 'authorization' || name === 'x-api-key') (credentials ??= []).push({ name, value });
  });
  return { lengths, codings, encodings, cacheControls, tags, credentials };
}

function lengthProblem(seen: number, length: string): ServingError | undefined {
  if (seen > 1) return new ServingError('BAD_HEADER', 'The request has more than one Content-Length.');
  if (seen === 1 && !DIGITS.test(length))
    return new ServingError('BAD_HEADER', 'Content-Length is not a number.');
  return undefined;
}

/** uWebSockets.js reads chunks whatever other codings are named, or follow. */
function codingProblem(seen: number, coding: string): ServingError | undefined {
  if (seen === 0 || (seen === 1 && coding.toLowerCase() === 'chunked')) return undefined;
  return new ServingError('BAD_HEADER', 'The Transfer-Encoding is not chunked, once and alone.');
}

function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
