/**
 * What is wrong with a PNG that libpng has given up, and the same picture without it where it is whole all the same:
 * libpng stops at a wrong checksum of picture data and at unknown chunks, Pillow does not. (That the data is right is
 * known from the checksum inside it, which both compare.) Only files that failed come here.
 */
import { crc32 } from 'node:zlib';
import type { Failure } from '../../src/errors.ts';
import { u32, u8 } from '../../src/image/bytes.ts';
import { corrupt, truncated } from '../../src/image/refusal.ts';

export interface PngDamage {
  readonly failure: Failure;
  /** A copy of no more than the header, the palette and the data; undefined where it would fail in the same way. */
  readonly repaired: Buffer | undefined;
}

/** Length and name stand before a chunk's data, its checksum behind. */
const HEAD = 8;
const CHECKSUM = 4;
const SIGNATURE = 8;

/** One for each row of the tallest image that is decoded, and then some. A file of more is not repaired. */
const MAX_CHUNKS = 100_000;

const COLOUR_TYPE_AT = 25;
const PALETTE = 3;

const DAMAGED = corrupt('PNG', 'its picture data is damaged or incomplete');

/** Takes time in proportion to the file: all checksums are compared. Never throws. */
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
      // Data that goes on behind another chunk is not of this picture.
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

/** A chunk that a decoder may not skip, by the first letter, and that is none of the four. */
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
