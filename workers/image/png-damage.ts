/**
 * Finds out why libpng could not decode a PNG, and repairs what Pillow would accept. libpng stops at a wrong checksum of a
 * chunk with picture data and at unknown critical chunks; Pillow does not. If the data itself is damaged, the repaired
 * copy fails too, because the compressed data has a checksum of its own. Only files that have failed are examined.
 */
import { crc32 } from 'node:zlib';
import type { Failure } from '../../src/errors.ts';
import { u32, u8 } from '../../src/image/bytes.ts';
import { corrupt, truncated } from '../../src/image/refusal.ts';

export interface PngDamage {
  readonly failure: Failure;
  /** A copy with only the header, the palette and the data; undefined if it would fail in the same way. */
  readonly repaired: Buffer | undefined;
}

/** Bytes of a chunk before its data (length and name) and after it. */
const HEAD = 8;
const CHECKSUM = 4;
const SIGNATURE = 8;

/** A file with more chunks is not repaired. The tallest image that is decoded has 65,535 rows. */
const MAX_CHUNKS = 100_000;

const COLOUR_TYPE_AT = 25;
const PALETTE = 3;

const DAMAGED = corrupt('PNG', 'its picture data is damaged or incomplete');

/** Time grows with the size of the file: all checksums are computed. Never throws. */
export function damageOf(bytes: Uint8Array): PngDamage {
  const kept: Uint8Array[] = [bytes.subarray(0, SIGNATURE)];
  const data: Uint8Array[] = [];
  let repairable = false;
  let hasPalette = false;
  let name = '';
  let chunks = 0;
  for (let at = SIGNATURE, last = ''; at + HEAD <= bytes.length && name !== 'IEND'; last = name) {
    const end = at + HEAD + u32(bytes, at);
    if (end > bytes.length) break;
    if (++chunks > MAX_CHUNKS) return unrepairable(DAMAGED);
    name = Buffer.from(bytes.subarray(at + 4, at + HEAD)).toString('latin1');
    const right = end + CHECKSUM <= bytes.length && crc32(bytes.subarray(at + 4, end)) === u32(bytes, end);
    if (name === 'IHDR' || name === 'PLTE') {
      if (!right) return unrepairable(corrupt('PNG', `the checksum of its ${name} chunk is wrong`));
      kept.push(bytes.subarray(at, end + CHECKSUM));
      hasPalette ||= name === 'PLTE';
    } else {
      repairable ||= !right || isUnknown(name);
      // As in Pillow, IDAT chunks after another chunk do not count.
      if (name === 'IDAT' && (data.length === 0 || last === 'IDAT'))
        data.push(bytes.subarray(at + HEAD, end));
    }
    at = end + CHECKSUM;
  }
  if (u8(bytes, COLOUR_TYPE_AT) === PALETTE && !hasPalette) {
    return unrepairable(corrupt('PNG', 'it has no palette'));
  }
  return {
    failure: name === 'IEND' ? DAMAGED : truncated('PNG'),
    repaired: repairable ? Buffer.concat([...kept, ...chunk('IDAT', data), ...chunk('IEND', [])]) : undefined,
  };
}

const unrepairable = (failure: Failure): PngDamage => ({ failure, repaired: undefined });

/** A critical chunk (its first letter is upper case) that is not one of the four standard ones. */
const isUnknown = (name: string): boolean => /^[A-Z]/.test(name) && name !== 'IDAT' && name !== 'IEND';

function chunk(name: string, data: readonly Uint8Array[]): Uint8Array[] {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(
    data.reduce((sum, piece) => sum + piece.length, 0),
    0,
  );
  head.write(name, 4, 'latin1');
  const checksum = Buffer.alloc(CHECKSUM);
  checksum.writeUInt32BE(
    data.reduce((crc, piece) => crc32(piece, crc), crc32(head.subarray(4))),
    0,
  );
  return [head, ...data, checksum];
}
