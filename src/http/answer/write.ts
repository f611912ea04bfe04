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
  const { status, contentType, body, model, headers, toHead, close, budget } = answer;
  response.cork(() => {
    response.writeStatus(statusLine(status));
    if (status !== NOT_MODIFIED) response.writeHeader('content-type', contentType);
    response.writeHeader('x-request-id', answer.requestId);
    response.writeHeader(...blockFor(answer));
    if (answer.traceResponse !== undefined) response.writeHeader('traceresponse', answer.traceResponse);
    if (model?.route !== undefined) {
      response.writeHeader('x-model-version', model.version);
      response.writeHeader('x-model-route', model.route);
    }
    if (!headers.some(([name]) => name === 'server-timing')) {
      response.writeHeader('server-timing', `total;dur=${answer.elapsedMs.toFixed(2)}`);
    }
    for (const [name, value] of headers) response.writeHeader(name, value);
    for (const group of answer.more) for (const [name, value] of group) response.writeHeader(name, value);
    // A 304 may have only the length that the answer would have had, and that is not known. The addon writes an undefined
    // one as 2^63; it closes only with a length.
    if (status === NOT_MODIFIED && !close) response.endWithoutBody();
    else if (toHead) response.endWithoutBody(Buffer.byteLength(body), close);
    else if (close) response.end(body, close);
    else sendBody(response, body, Buffer.byteLength(body), budget);
  });
}

function blockFor({ contentType, headers, fixed }: Outgoing): HeaderBlock {
  if (contentType.startsWith('text/html')) return fixed.page;
  const kept = headers.some(([name]) => name === 'cache-control' || name === 'etag');
  return kept ? fixed.kept : fixed.passing;
}

/** The client has the answer already: there is no body. */
const NOT_MODIFIED = 304;
