/**
 * One call of an interface that the operator has named, such as the server's own, a cluster's or a webhook: a small body there,
 * a small one back. Size and time are bounded, no redirect is followed, and the connection is closed afterwards.
 */
import { VERSION } from '../version.ts';
import { readBounded, withOwnConnection } from './own-connection.ts';

export interface SmallCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: { readonly type: string; readonly text: string } | undefined;
  /** From the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Certificates of authorities, in PEM, in place of those of the system. */
  readonly ca?: string | undefined;
}

export interface SmallAnswer {
  readonly status: number;
  readonly text: string;
}

/** No answer, or not the whole of it. The message names the host, and neither path nor query, where secrets may be. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

const MAX_BYTES = 16 * 1024 * 1024;

/** An answer of any status. @throws CallError; the reason of `signal` when that has aborted */
export async function smallCall(call: SmallCall): Promise<SmallAnswer> {
  const { method, url, headers, body, timeoutMs, signal, ca } = call;
  const late = AbortSignal.timeout(timeoutMs);
  const stop = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    return await withOwnConnection(url, { signal: stop, ...(ca !== undefined && { ca }) }, async (client) => {
      const answer = await client.request({
        method,
        path: `${url.pathname}${url.search}`,
        headers: {
          'user-agent': `ortolan/${VERSION}`,
          accept: 'application/json',
          // The limit is counted in bytes as they arrive.
          'accept-encoding': 'identity',
          ...(body !== undefined && { 'content-type': body.type }),
          ...headers,
        },
        body: body?.text ?? null,
        signal: stop,
      });
      const tooLong = (): Error => new CallError(`${url.host} sent more than ${MAX_BYTES} bytes`);
      const bytes = await readBounded(answer.body, MAX_BYTES, tooLong);
      return { status: answer.statusCode, text: Buffer.from(bytes).toString('utf8') };
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CallError) throw error;
    throw new CallError(
      late.aborted ? `${url.host} gave no answer within ${timeoutMs} ms` : `${url.host}: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}

/** Of several addresses that were tried, the first reason. */
function reasonOf(error: unknown): string {
  const { code, message, errors } = error as Error & { code?: string; errors?: readonly Error[] };
  return code ?? (message === '' ? (errors?.[0]?.message ?? 'no connection') : message);
}
