/** Whether an address, as the bytes that a socket has of it, is this machine's own. Pure. */

/** ::ffff:0:0/96: an IPv4 address on a socket that takes both kinds (RFC 4291, 2.5.5.2). */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** 127.0.0.0/8 and ::1. `address`: 4 or 16 bytes; anything else is not. */
export function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  if (address.length !== 16) return false;
  if (MAPPED.every((byte, index) => address[index] === byte)) return address[12] === 127;
  return address[15] === 1 && address.subarray(0, 15).every((byte) => byte === 0);
}
