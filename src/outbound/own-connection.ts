/** What all requests that we send have in common: a connection of their own, and a body that is bounded. */
import type { LookupFunction } from 'node:net';
import type { Client } from 'undici';

export interface ConnectionLimits {
  /** Ends the connection at once, in whatever state it is: resolving, connecting, waiting or reading. */
  readonly signal: AbortSignal;
  /** Resolves the name of the host; the system's own where it is left out. */
  readonly lookup?: LookupFunction;
  /** Certificates of authorities, in PEM; those of the system where it is left out. */
  readonly ca?: string;
}

/** Opens a connection to the host of `url` for one request, and closes it when `use` has settled. */
export async function withOwnConnection<Result>(
  url: URL,
  limits: ConnectionLimits,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  // Imported on first use: most servers never fetch, and it would take 70 ms and several MB at every start.
  const { Client } = await import('undici');
  const client = new Client(url.origin, {
    // The socket's own signal: undici's ends a request only once it is connected.
    connect: { ...limits },
    // Tries the addresses in turn, so that a host with IPv6 is reached from a network without.
    autoSelectFamily: true,
    allowH2: false,
    // No keep-alive: a connection that is kept was checked for another request.
    pipelining: 0,
    // The signal is the only time limit.
    connectTimeout: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  try {
    return await use(client);
  } finally {
    await client.destroy();
  }
}

/**
 * The whole body, in an array with a buffer of its own, so that it may be transferred; Buffer.concat would use a shared
 * pool. @throws what `tooLong` makes, as soon as more than `maxBytes` have arrived
 */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLong: () => Error,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
