/**
 * The format safetensors: eight bytes with the length of a header, the header as JSON, then the elements. Every byte behind
 * the header belongs to one tensor, as in the reference implementation, so that nothing can hide there.
 * https://github.com/huggingface/safetensors#format
 */
import { isUtf8 } from 'node:buffer';

/** Bytes of the number before the header. */
const LENGTH_BYTES = 8;
/** The reference allows 100 MB; a thousand tensors need a tenth of this. */
const MAX_HEADER_BYTES = 1024 * 1024;
const MAX_AXES = 8;

const BYTES_OF: Readonly<Record<string, number>> = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E5M2: 1, F8_E4M3: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 },
};

export interface SafeTensor {
  readonly name: string;
  /** As the format names it: `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Little-endian, row-major; a view of the bytes that were read. */
  readonly data: Uint8Array;
}

export interface Safetensors {
  /** In the order of their elements. */
  readonly tensors: readonly SafeTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes are no such file; the message says where. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

interface Entry extends Omit<SafeTensor, 'data'> {
  readonly begin: number;
  readonly end: number;
}

/** @throws SafetensorsError */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { header, start } = headerOf(bytes);
  const { __metadata__: metadata = {}, ...members } = header;
  const room = bytes.byteLength - start;
  const entries = Object.entries(members)
    .map(([name, entry]) => entryOf(name, entry))
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== at) throw new SafetensorsError(`${shown(name)} begins at ${begin}, not at ${at}`);
    at = end;
  }
  if (at !== room) throw new SafetensorsError(`the tensors have ${at} bytes, and ${room} follow the header`);
  const tensors = entries.map(({ begin, end, ...entry }) => ({
    ...entry,
    data: bytes.subarray(start + begin, start + end),
  }));
  return { tensors, metadata: metadataOf(metadata) };
}

/** The file with these tensors, in this order. */
export function writeSafetensors(
  tensors: readonly SafeTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Buffer {
  let at = 0;
  const entries = tensors.map(({ name, dtype, shape, data }) => {
    const begin = at;
    at += data.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, at] }] as const;
  });
  const text = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const length = Buffer.byteLength(text);
  // The elements begin at a multiple of eight: readers may map them.
  const padded = Math.ceil(length / 8) * 8;
  const head = Buffer.alloc(LENGTH_BYTES + padded, ' ');
  head.writeBigUInt64LE(BigInt(padded));
  head.write(text, LENGTH_BYTES);
  return Buffer.concat([head, ...tensors.map(({ data }) => data)]);
}

function headerOf(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.byteLength < LENGTH_BYTES) throw new SafetensorsError('it has no header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw new SafetensorsError(`its header has ${length} bytes, too many`);
  const start = LENGTH_BYTES + Number(length);
  if (start > bytes.byteLength) throw new SafetensorsError('it ends before its header does');
  const text = bytes.subarray(LENGTH_BYTES, start);
  if (text[0] !== 0x7b || !isUtf8(text)) throw new SafetensorsError('its header is no JSON object in UTF-8');
  try {
    const header: unknown = JSON.parse(Buffer.from(text).toString('utf8'));
    if (isObject(header)) return { header, start };
  } catch {
    // Said below.
  }
  throw new SafetensorsError('its header is no JSON object in UTF-8');
}

function entryOf(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const size = typeof dtype === 'string' && Object.hasOwn(BYTES_OF, dtype) ? BYTES_OF[dtype] : undefined;
  if (size === undefined) throw new SafetensorsError(`${shown(name)} has no dtype of the format`);
  if (!isCounts(shape) || shape.length > MAX_AXES) throw new SafetensorsError(`${shown(name)} has no shape`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw new SafetensorsError(`${shown(name)} has no data_offsets`);
  const [begin, end] = offsets as [number, number];
  const bytes = shape.reduce((product, length) => product * length, size);
  if (end - begin !== bytes)
    throw new SafetensorsError(`${shown(name)} has ${end - begin} bytes, but by its shape ${bytes}`);
  return { name, dtype: dtype as string, shape, begin, end };
}

function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (isObject(value) && Object.values(value).every((each) => typeof each === 'string'))
    return value as Record<string, string>;
  throw new SafetensorsError('__metadata__ is no object of texts');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCounts = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && (each as number) >= 0);

const shown = (name: string): string => JSON.stringify(name.slice(0, 100));
