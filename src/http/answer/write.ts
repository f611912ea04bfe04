/** Writes an answer to its connection in one piece. The native response must still be there. */
import type { ByteBudget } from '../../admission/budget.ts';
import type { HttpResponse } from '../addon/uws.ts';
import type { FixedHeaders, HeaderBlock } from '../headers/security.ts';
import { sendBody } from './send.ts';
import { statusLine } from './status-line.ts';

type Headers = readonly (readonly [string, string])[];

export interface Outgoing {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly requestId: string;
  /** Of a traced request: https://w3c.github.io/trace-context/#traceresponse-header */
  readonly traceResponse: string | undefined;
  /** The version that has answered, where a choice was made. */
  readonly model: { readonly version: string; readonly route?: string } | undefined;
  /** Since the request arrived; predictions bring a server-timing with their stages. */
  readonly elapsedMs: number;
  /** Of the answer itself. */
  readonly headers: Headers;
  /** Of the answer whatever it is, and for a page of another origin. */
  readonly more: readonly Headers[];
  readonly toHead: boolean;
  /** Whether the connection ends with it. */
  readonly close: boolean;
  /** Where what the client has not read yet counts. */
  readonly budget: ByteBudget;
  readonly fixed: FixedHeaders;
}

export function writeAnswer(response: HttpResponse, answer: Outgoing): void {
  const { status, body, toHead, close, budget } = answer;
  const lines = linesOf(answer);
  response.cork(() => {
    response.writeStatus(statusLine(status));
    response.writeHeader('x-request-id', lines);
    // A 304 may have only the length that the answer would have had, and that is not known. The addon writes an undefined
    // one as 2^63; it closes only with a length.
    if (status === NOT_MODIFIED && !close) response.endWithoutBody();
    else if (toHead) response.endWithoutBody(Buffer.byteLength(body), close);
    else if (close) response.end(body, close);
    else sendBody(response, body, Buffer.byteLength(body), budget);
  });
}

/** The value of the first header, and all further ones as lines behind it: one call of the addon, which copies what it is given. */
function linesOf(answer: Outgoing): string {
  const { status, contentType, requestId, traceResponse, model, headers, more } = answer;
  let lines = `${requestId}\r\n${blockFor(answer)}`;
  if (status !== NOT_MODIFIED) lines += `\r\ncontent-type: ${contentType}`;
  if (traceResponse !== undefined) lines += `\r\ntraceresponse: ${traceResponse}`;
  if (model?.route !== undefined) {
    lines += `\r\nx-model-version: ${model.version}\r\nx-model-route: ${model.route}`;
  }
  let timed = false;
  for (const [name, value] of headers) {
    if (name === 'server-timing') timed = true;
    lines += `\r\n${name}: ${value}`;
  }
  if (!timed) lines += `\r\nserver-timing: total;dur=${answer.elapsedMs.toFixed(2)}`;
  for (const group of more) for (const [name, value] of group) lines += `\r\n${name}: ${value}`;
  return lines;
}

function blockFor({ contentType, headers, fixed }: Outgoing): HeaderBlock {
  if (contentType.startsWith('text/html')) return fixed.page;
  const kept = headers.some(([name]) => name === 'cache-control' || name === 'etag');
  return kept ? fixed.kept : fixed.passing;
}

/** The client has the answer already: there is no body. */
const NOT_MODIFIED = 304;
