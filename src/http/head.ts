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
  const headers = new Headers();
  request.forEach(headers.add);
  const { timeout, length = '', sentId = '' } = headers;
  let problem: ServingError | undefined;
  let values = NONE;
  if (parameters > 0) {
    const decoded = Array.from({ length: parameters }, (_, index) =>
      percentDecode(request.getParameter(index) ?? ''),
    );
    if (decoded.includes(undefined))
      problem = new ServingError('ROUTE_NOT_FOUND', 'The path is not valid UTF-8.');
    values = decoded.map((value) => value ?? '');
  }
  const hasTimeout = timeout !== undefined && timeout !== '';
  if (hasTimeout && !(DIGITS.test(timeout) && Number(timeout) > 0)) {
    problem = new ServingError(
      'BAD_HEADER',
      'x-request-timeout-ms must be a positive whole number of milliseconds.',
    );
  }
  const badFraming =
    lengthProblem(headers.lengths, length) ?? codingProblem(headers.codings, headers.coding ?? '');
  problem = badFraming ?? problem;
  const chunked = (headers.coding ?? '') !== '';
  return {
    method: request.getCaseSensitiveMethod(),
    parameters: values,
    // Undefined when the path has no question mark, whatever the declarations say.
    query: request.getQuery() || '',
    requestId: REQUEST_ID.test(sentId) ? sentId : randomUUID(),
    contentType: headers.contentType ?? '',
    contentEncoding: headers.encodings ?? '',
    contentLength: chunked ? undefined : DIGITS.test(length) ? Number(length) : 0,
    accept: headers.accept ?? '',
    acceptEncoding: headers.acceptEncoding ?? '',
    inferenceHeaderLength: headers.inferenceHeaderLength ?? '',
    cacheControl: headers.cacheControls ?? '',
    ifNoneMatch: headers.tags ?? '',
    origin: headers.origin ?? '',
    credentials: headers.credentials,
    kept: keep.length === 0 && list === undefined ? undefined : keptOf(request, keep, list),
    timeoutMs: !hasTimeout || problem !== undefined ? undefined : Number(timeout),
    problem,
    misframed: badFraming !== undefined,
  };
}

const NONE: readonly string[] = [];

/**
 * The headers that are looked at, collected in one walk: asking the addon for each took longer than all else here. Of those
 * of which one counts it is the first, as with its getHeader(); of the others all, with commas between.
 */
class Headers {
  sentId: string | undefined;
  timeout: string | undefined;
  /** Two lengths can smuggle a request past a proxy; uWebSockets.js uses the first. */
  length: string | undefined;
  lengths = 0;
  coding: string | undefined;
  codings = 0;
  contentType: string | undefined;
  accept: string | undefined;
  acceptEncoding: string | undefined;
  inferenceHeaderLength: string | undefined;
  origin: string | undefined;
  encodings: string | undefined;
  cacheControls: string | undefined;
  tags: string | undefined;
  credentials: Credential[] | undefined;

  /** `name`: in lower case. */
  readonly add = (name: string, value: string): void => {
    switch (name) {
      case 'content-length':
        this.lengths++;
        this.length ??= value;
        break;
      case 'content-type':
        this.contentType ??= value;
        break;
      case 'accept':
        this.accept ??= value;
        break;
      case 'accept-encoding':
        this.acceptEncoding ??= value;
        break;
      case 'x-request-id':
        this.sentId ??= value;
        break;
      case 'x-request-timeout-ms':
        this.timeout ??= value;
        break;
      case 'transfer-encoding':
        this.codings++;
        this.coding ??= value;
        break;
      case 'inference-header-content-length':
        this.inferenceHeaderLength ??= value;
        break;
      case 'origin':
        this.origin ??= value;
        break;
      case 'content-encoding':
        this.encodings = joined(this.encodings, value);
        break;
      case 'cache-control':
        this.cacheControls = joined(this.cacheControls, value);
        break;
      case 'if-none-match':
        this.tags = joined(this.tags, value);
        break;
      case 'authorization':
      case 'x-api-key':
        (this.credentials ??= []).push({ name, value });
        break;
    }
  };
}

const joined = (before: string | undefined, value: string): string =>
  before === undefined ? value : `${before},${value}`;

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
