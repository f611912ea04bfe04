/** Addresses as bytes, and the name under which a client is limited. Pure. */
import { isIPv6 } from 'node:net';

/** ::ffff:0:0/96: an IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** A client has at least a /64 of addresses to choose from (RFC 6177): its first half says who it is. */
const NETWORK_BYTES = 8;

/** 4 bytes, or 16 that are not a mapped IPv4 address. */
export type Address = Uint8Array;

/** An IPv4 address in an IPv6 one is that IPv4 address. `bytes`: 4 or 16. */
export const unmapped = (bytes: Uint8Array): Address =>
  bytes.length === 16 && MAPPED.every((byte, index) => bytes[index] === byte) ? bytes.subarray(12) : bytes;

/** The bytes of an address as text, without port or brackets; undefined when it is none. */
export function addressOf(text: string): Address | undefined {
  const v4 = ipv4Of(text);
  if (v4 !== undefined) return v4;
  // Zones are of the machine that wrote them.
  if (!isIPv6(text) || text.includes('%')) return undefined;
  return unmapped(ipv6Of(text));
}

/** Four numbers without leading zeros. By hand: behind a proxy each request has some. */
function ipv4Of(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let [part, value, digits] = [0, 0, 0];
  for (let index = 0; index <= text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (digits > 0 && value === 0) return undefined;
      value = value * 10 + digit;
      digits++;
      if (value > 255) return undefined;
    } else if (digits > 0 && part < 4 && (index === text.length || text[index] === '.')) {
      bytes[part++] = value;
      value = digits = 0;
    } else return undefined;
  }
  return part === 4 ? bytes : undefined;
}

/** `text` is a valid IPv6 address. */
function ipv6Of(text: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const [head = '', tail] = text.split('::');
  const first = groupsOf(head);
  bytes.set(first);
  if (tail !== undefined) {
    const last = groupsOf(tail);
    bytes.set(last, 16 - last.length);
  }
  return bytes;
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

/** As people write it, and as RFC 5952 does: `192.0.2.1`, `2001:db8::1`; empty where there is none. */
export function textOfAddress(address: Address): string {
  if (address.length === 4) return address.join('.');
  if (address.length !== 16) return '';
  const bytes = Buffer.from(address);
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
  // URLs have that form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** The name that all addresses of one client share: `192.0.2.7`, `2001:db8:0:1::/64`. */
export function clientName(address: Address): string {
  if (address.length === 4) return `${address[0]}.${address[1]}.${address[2]}.${address[3]}`;
  let text = '';
  for (let index = 0; index < NETWORK_BYTES; index += 2) {
    text += `${((address[index]! << 8) | address[index + 1]!).toString(16)}:`;
  }
  return `${text}:/64`;
}

/** Addresses whose first `bits` are those of `base`. */
export interface Network {
  readonly base: Address;
  readonly bits: number;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address; undefined when it is none of these, or has bits set behind its prefix. */
export function networkOf(text: string): Network | undefined {
  const [, written = '', prefix] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const base = addressOf(written);
  if (base === undefined) return undefined;
  // A mapped network is written with the bits of IPv6.
  const mapped = base.length === 4 && written.includes(':') ? 96 : 0;
  const bits = prefix === undefined ? base.length * 8 : Number(prefix) - mapped;
  if (bits < 0 || bits > base.length * 8) return undefined;
  const exact = base.every((byte, index) => (byte & ~maskAt(index, bits) & 0xff) === 0);
  return exact ? { base, bits } : undefined;
}

export const isIn = (address: Address, { base, bits }: Network): boolean =>
  address.length === base.length &&
  base.every((byte, index) => ((address[index]! ^ byte) & maskAt(index, bits)) === 0);

/** The bits of byte `index` that belong to a prefix of `bits`. */
const maskAt = (index: number, bits: number): number => {
  const count = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff << (8 - count)) & 0xff;
};
