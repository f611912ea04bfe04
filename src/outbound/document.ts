/**
 * Fetches a small document that the operator has named, such as a key set. The address may be private, since no client
 * chooses it; size and time are bounded all the same, no redirect is followed, and nothing of a request goes with it.
 */
import { VERSION } from '../version.ts';
import { readBounded, withOwnConnection } from './own-connection.ts';

export interface DocumentLimits {
  readonly maxBytes: number;
  /** From the look-up of the name to the last byte. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The document cannot be had; the message names the host, and neither path nor query, where secrets may be. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

/** The text of the document. @throws DocumentError */
export async function fetchDocument(
  url: URL,
  { maxBytes, timeoutMs, signal }: DocumentLimits,
): Promise<string> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return await withOwnConnection(url, { signal: stop }, async (client) => {
      const { statusCode, body } = await client.request({
        method: 'GET',
        path: `${url.pathname}${url.search}`,
        headers: {
          'user-agent': `ortolan/${VERSION}`,
          accept: 'application/json',
          // The limit is counted in bytes as they arrive.
          'accept-encoding': 'identity',
        },
        signal: stop,
      });
      if (statusCode !== 200) throw new DocumentError(`${url.host} answered ${statusCode}`);
      const tooLong = (): Error => new DocumentError(`${url.host} sent more than ${maxBytes} bytes`);
      return Buffer.from(await readBounded(body, maxBytes, tooLong)).toString('utf8');
    });
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    const reason =
      stop.aborted && !signal.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message;
    throw new DocumentError(`${url.host}: ${reason}`, { cause: error });
  }
}
