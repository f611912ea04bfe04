/**
 * One GET to one target: a connection of its own that no one else uses, pinned to addresses that were checked,
 * closed at the end. It carries no cookies, no credentials and no header of the client's request, uses no
 * proxy, follows no redirect and never holds more than `maxBytes` of a body and one chunk.
 */
import type { Dispatcher } from 'undici';
import type { AddressKind } from './address.ts';
import { readBounded, withOwnConnection } from './own-connection.ts';
import { pinnedLookup, type Resolve } from './pinned-lookup.ts';
import { failed, refused } from './refusal.ts';
import type { Target } from './target.ts';

const HEADERS = {
  'user-agent': 'ortolan-image-fetch',
  accept: 'image/jpeg, image/png, image/webp',
  // The limit is counted in bytes as they arrive; compressed, they could inflate to a thousand times as many.
  'accept-encoding': 'identity',
};

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface HopLimits {
  readonly maxBytes: number;
  readonly resolve: Resolve;
  readonly kindOf: (address: string) => AddressKind;
  /** Ends the hop at once, in whatever state it is: resolving, connecting, waiting or reading. */
  readonly signal: AbortSignal;
}

export type HopResult =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'redirect'; readonly location: string };

/** @throws ServingError URL_REFUSED or URL_FAILED; anything when `signal` has aborted. */
export async function hop(target: Target, limits: HopLimits): Promise<HopResult> {
  const { url } = target;
  const lookup = pinnedLookup(target, limits.resolve, limits.kindOf);
  return withOwnConnection(url, { signal: limits.signal, lookup }, async (client) => {
    const answer = await client.request({
      method: 'GET',
      path: `${url.pathname}${url.search}`,
      headers: HEADERS,
    });
    return take(answer, target.hostname, limits.maxBytes);
  });
}

async function take(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  hostname: string,
  maxBytes: number,
): Promise<HopResult> {
  if (REDIRECTS.has(statusCode)) {
    if (typeof headers.location !== 'string') throw failed(`${hostname} redirects without one location`);
    return { kind: 'redirect', location: headers.location };
  }
  if (statusCode < 200 || statusCode > 299) throw failed(`${hostname} answered ${statusCode}`);
  const encoding = String(headers['content-encoding'] ?? '');
  if (!isPlain(encoding)) throw refused(`${hostname} sent content-encoding ${encoding}`);
  // Only a reason to refuse early: what arrives is counted in any case.
  if (Number(headers['content-length']) > maxBytes) {
    throw refused(`${hostname} announced ${String(headers['content-length'])} bytes of ${maxBytes}`);
  }
  const tooLong = (): Error => refused(`${hostname} sent more than ${maxBytes} bytes`);
  return { kind: 'bytes', bytes: await readBounded(body, maxBytes, tooLong) };
}

/**
 * Whether a body with this Content-Encoding is as it is. Object stores send `aws-chunked` with what was uploaded so, whose
 * frames they have taken off. One that is compressed all the same is refused: images hardly get smaller by it.
 */
const isPlain = (encoding: string): boolean =>
  encoding.split(',').every((name) => ['', 'identity', 'aws-chunked'].includes(name.trim().toLowerCase()));
