/**
 * Who the client is, behind proxies that are trusted. Each proxy adds the address that it was called from on the right: they
 * are read from there, and only as far as trusted proxies wrote them, since a client may send whatever it likes.
 */
import type { Exchange } from '../http/exchange.ts';
import { addressOf, isIn, networkOf, unmapped, type Address, type Network } from './address.ts';
import { forwardedFor } from './forwarded.ts';

/** The field in which the proxies write. The other one may be the client's own, passed on: it is not looked at. */
export type ProxyField = 'x-forwarded-for' | 'forwarded';

/** The part of an exchange that it depends on. */
export type Connection = Pick<Exchange, 'remoteAddress'> & { readonly head: Pick<Exchange['head'], 'kept'> };

export class ClientAddress {
  readonly field: ProxyField;
  readonly #hops: number;
  readonly #trusted: readonly Network[];

  /**
   * `proxies`: addresses and networks of the proxies, or one number: how many of them every request passes.
   * @throws RangeError naming the entry that is neither
   */
  constructor(proxies: readonly string[], field: ProxyField) {
    this.field = field;
    const [first = '0'] = proxies;
    const counted = /^\d{1,2}$/.test(first);
    if (counted && proxies.length > 1) throw new RangeError(`${first} stands beside other entries`);
    this.#hops = counted ? Number(first) : 0;
    this.#trusted = counted ? [] : proxies.map(trustedNetwork);
  }

  /** Whether there are proxies to look behind. */
  get looksBehind(): boolean {
    return this.#hops > 0 || this.#trusted.length > 0;
  }

  /** The address of the client; the nearest that is certain, where a header is malformed or too short. */
  of(connection: Connection): Address {
    const nearest = unmapped(connection.remoteAddress);
    if (!this.looksBehind) return nearest;
    const text = connection.head.kept?.[this.field];
    if (this.#hops > 0) return this.#behindHops(nearest, text);
    if (!this.#trusts(nearest) || text === undefined) return nearest;
    return this.#behindTrusted(nearest, text);
  }

  /** A request that has passed fewer proxies than there are has come another way: its header may be its own. */
  #behindHops(nearest: Address, text: string | undefined): Address {
    let hops = 0;
    for (const entry of fromRight(text ?? '', this.field)) {
      if (++hops === this.#hops) return addressIn(entry) ?? nearest;
    }
    return nearest;
  }

  #behindTrusted(nearest: Address, text: string): Address {
    let client = nearest;
    for (const entry of fromRight(text, this.field)) {
      const address = addressIn(entry);
      if (address === undefined) return client;
      client = address;
      if (!this.#trusts(address)) return client;
    }
    return client;
  }

  #trusts(address: Address): boolean {
    return this.#trusted.some((network) => isIn(address, network));
  }
}

function trustedNetwork(text: string): Network {
  const network = networkOf(text);
  if (network === undefined) throw new RangeError(`${text} is no address and no network`);
  return network;
}

/** What each proxy wrote, the nearest first; undefined for what is malformed. */
function* fromRight(text: string, field: ProxyField): Generator<string | undefined> {
  if (field === 'forwarded') return yield* forwardedFor(text).toReversed();
  for (let end = text.length; end >= 0;) {
    const comma = end === 0 ? -1 : text.lastIndexOf(',', end - 1);
    yield text.slice(comma + 1, end).trim();
    end = comma;
  }
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
function addressIn(entry: string | undefined): Address | undefined {
  if (entry === undefined) return undefined;
  const plain = addressOf(entry);
  if (plain !== undefined) return plain;
  const [, v6, v4] = /^(?:\[([^\]]*:[^\]]*)\](?::\d{1,5})?|(\d[\d.]*):\d{1,5})$/.exec(entry) ?? [];
  return addressOf(v6 ?? v4 ?? '');
}
