/**
 * The kind of an IP address: public, private, or never fetched from. Pure. It takes addresses as a resolver or a parsed
 * URL writes them; any other spelling, and any unknown range, is forbidden.
 */
import { isIP, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * public: may be fetched from. private: only when the operator names the host (loopback, RFC 1918, unique local,
 * carrier-grade NAT). forbidden: never (link-local, multicast, reserved, tunnels, and the metadata services of clouds,
 * which return credentials).
 */
export type AddressKind = 'public' | 'private' | 'forbidden';

const PRIVATE: ReadonlySet<string> = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/** Only 2000::/3 is assigned (RFC 4291 2.4); ipaddr.js calls ::127.0.0.1 and 4000::1 unicast too. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/** Metadata services outside 169.254.0.0/16, in ranges that are allowed otherwise. */
const METADATA = [
  '168.63.129.16/32', // Azure: an address of the public range
  '100.100.100.200/32', // Alibaba Cloud: carrier-grade NAT
  'fd00:ec2::/32', // AWS: unique local
  'fd20:ce::/32', // Google Cloud: unique local
].map((range) => ipaddr.parseCIDR(range));

/** The kind of `address`, an IPv4 or IPv6 address without brackets. */
export function addressKind(address: string): AddressKind {
  const plain = isIPv6(address) ? hexGroups(address) : address;
  if (plain === undefined || isIP(plain) === 0) return 'forbidden';
  // `process` turns ::ffff:10.0.0.1 into 10.0.0.1, which is where the kernel sends it.
  const parsed = ipaddr.process(plain);
  if (METADATA.some((range) => parsed.kind() === range[0].kind() && parsed.match(range))) return 'forbidden';
  const range = parsed.range();
  if (PRIVATE.has(range)) return 'private';
  if (range !== 'unicast') return 'forbidden';
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST_V6) ? 'public' : 'forbidden';
}

/**
 * An IPv6 address without dotted decimals, or undefined when it has a zone, as no public address has. ipaddr.js
 * reads ::8.8.8.8, which is how the C library writes ::808:808, as the mapped address ::ffff:8.8.8.8.
 */
const hexGroups = (address: string): string | undefined =>
  URL.parse(`http://[${address}]`)?.hostname.slice(1, -1);
