/**
 * One entry of the option urlAllow. Its forms:
 *
 *   images.example.com        this host, ports 80 and 443
 *   minio.internal:9000       this host, this port only
 *   10.1.2.3, [fd12::7]:9000  an address, likewise
 *   *.example.com             every host below example.com, not example.com itself; a port may follow
 *
 * A host that is named in full may have a private address: the operator knows it. What a wildcard matches must
 * be public, because whoever can add a name below it would otherwise choose the address.
 */
import { isIP, isIPv6 } from 'node:net';

/** [1] a wildcard, [2] a name, an IPv4 address or an IPv6 address in brackets, [3] a port. */
const ENTRY = /^(\*\.)?(\[[^\]]+\]|[^\s:[\]/?#@\\*]+)(?::(\d{1,5}))?$/;

export class AllowedHost {
  readonly wildcard: boolean;
  readonly #host: string;
  readonly #port: number | undefined;

  /** @throws RangeError when `entry` has none of the forms above. */
  constructor(entry: string) {
    const [, star, host, port] = ENTRY.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? [];
    // The URL parser gives the spelling that hosts are compared in: lower case, punycode, canonical addresses.
    const url = host === undefined ? null : URL.parse(`http://${host}`);
    const plain = url?.hostname.replace(/^\[|[\].]$/g, '') ?? '';
    this.wildcard = star !== undefined;
    this.#host = plain;
    this.#port = port === undefined ? undefined : Number(port);
    const badPort = this.#port !== undefined && (this.#port < 1 || this.#port > 65535);
    if (plain.split('.').includes('') || badPort || (this.wildcard && isIP(plain) !== 0)) {
      throw new RangeError(`'${entry}' is not a host, host:port or *.domain`);
    }
  }

  /** `hostname` as a parsed URL has it, without brackets or a trailing dot. */
  matches(hostname: string, port: number): boolean {
    if (this.#port === undefined ? port !== 80 && port !== 443 : port !== this.#port) return false;
    return this.wildcard ? hostname.endsWith(`.${this.#host}`) : hostname === this.#host;
  }
}
