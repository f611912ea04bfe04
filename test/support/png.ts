/** Pieces of PNG files. */
import { crc32 } from 'node:zlib';

/** Returns a chunk; `checksum` replaces the right one. */
export function chunk(name: string, data: Uint8Array, checksum?: number): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(name, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(checksum ?? crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}
