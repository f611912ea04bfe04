/**
 * Fetches a small document that the operator has named, such as a key set. The address may be private, since no client
 * chooses it; size and time are bounded all the same, no redirect is followed, and nothing of a request goes with it.
 */
import { VERSION } from '../version.ts';

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
  const { Client } = await import('undici');
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const client = new Client(url.origin, {
    // The socket's own signal: undici's ends a request only once it is connected.
    connect: { signal: stop },
    autoSelectFamily: true,
    allowH2: false,
    pipelining: 0,
    connectTimeout: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
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
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength;
      if (length > maxBytes) throw new DocumentError(`${url.host} sent more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    const reason =
      stop.aborted && !signal.aborted ? `no answer within ${timeoutMs} ms` : (error as Error).message;
    throw new DocumentError(`${url.host}: ${reason}`, { cause: error });
  } finally {
    await client.destroy();
  }
}
