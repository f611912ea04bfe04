/**
 * The files in a zip archive, as NumPy's savez writes it: stored or deflated, below 4 GiB. Read by the central directory at its end; what is
 * inflated is bounded by the length that stands there.
 */
import { inflateRawSync } from 'node:zlib';
import { ExamplesError } from './examples.ts';

const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** In place of a number that stands in a field of zip64. */
const ELSEWHERE = 0xffffffff;
const MAX_ENTRIES = 1000;
/** Of all that is unpacked together. */
const MAX_UNPACKED = 4 * 1024 ** 3;

/** By name, without `.npy`. @throws ExamplesError when it is no zip, or one that is not followed */
export function filesInZip(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const end = endOf(bytes);
  const count = bytes.readUInt16LE(end + 10);
  const start = bytes.readUInt32LE(end + 16);
  if (count > MAX_ENTRIES || start === ELSEWHERE)
    throw new ExamplesError('It is a zip of more files, or larger, than is followed.');
  const files = new Map<string, Buffer>();
  let unpacked = 0;
  let at = start;
  for (let index = 0; index < count; index++) {
    if (at + ENTRY_BYTES > end || bytes.readUInt32LE(at) !== ENTRY) throw damaged();
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const next = at + ENTRY_BYTES + nameLength! + extra! + comment!;
    if (next > end) throw damaged();
    const name = bytes.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength!);
    unpacked += bytes.readUInt32LE(at + 24);
    if (unpacked > MAX_UNPACKED) throw new ExamplesError('Unpacked it has more than 4 GiB.');
    if (files.has(name)) throw damaged();
    files.set(name, contentOf(bytes, at, start));
    at = next;
  }
  return files;
}

/** Where the end of the central directory is; it is the last thing but for a comment. */
function endOf(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_BYTES - MAX_COMMENT);
  for (let at = bytes.length - END_BYTES; at >= first; at--) {
    if (bytes.readUInt32LE(at) === END) return at;
  }
  throw new ExamplesError('It is no .npz, or is cut off: write it with numpy.savez.');
}

function contentOf(bytes: Buffer, entry: number, directory: number): Buffer {
  const flags = bytes.readUInt16LE(entry + 8);
  const method = bytes.readUInt16LE(entry + 10);
  const [packed, length, local] = [20, 24, 42].map((offset) => bytes.readUInt32LE(entry + offset)) as [
    number,
    number,
    number,
  ];
  if ((flags & ENCRYPTED) !== 0) throw new ExamplesError('It is an encrypted zip.');
  if ([packed, length, local].includes(ELSEWHERE))
    throw new ExamplesError('It is a zip of 4 GiB or more, which is not followed.');
  if (local + LOCAL_BYTES > directory || bytes.readUInt32LE(local) !== LOCAL) throw damaged();
  // The local header has extra fields of its own.
  const start = local + LOCAL_BYTES + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  if (start + packed > directory) throw damaged();
  const content = bytes.subarray(start, start + packed);
  if (method === STORED) {
    if (packed !== length) throw damaged();
    return content;
  }
  if (method !== DEFLATED)
    throw new ExamplesError(`It is a zip with the method ${method}, which is not followed.`);
  return inflated(content, length);
}

function inflated(content: Buffer, length: number): Buffer {
  try {
    // 0 would be no limit.
    const whole = inflateRawSync(content, { maxOutputLength: Math.max(1, length) });
    if (whole.length === length) return whole;
  } catch {
    // Too long, or no deflated bytes.
  }
  throw damaged();
}

const damaged = (): ExamplesError =>
  new ExamplesError('It is a damaged zip: write it again with numpy.savez.');
