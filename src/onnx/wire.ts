/**
 * The wire format of protocol buffers, as far as ONNX files need it: fields are found without knowing their message, and
 * what is not understood can be copied as it is.
 */
import { ExternalDataError } from './external-data.ts';

/** Wire types of protocol buffers. */
export const VARINT = 0;
const FIXED_64 = 1;
export const BYTES = 2;
const FIXED_32 = 5;
const MAX_VARINT_BYTES = 10;
const MAX_NUMBERS = 65_536;

export interface Field {
  readonly number: number;
  readonly wire: number;
  /** Of a varint. Beyond 2^53 it is not exact. */
  readonly value: number;
  /** Where its tag begins. */
  readonly from: number;
  /** Of bytes: where they begin and end. */
  readonly start: number;
  readonly end: number;
}

/** The fields of the message that lies between the positions. @throws ExternalDataError where there is none */
export function* fieldsIn(bytes: Uint8Array, start: number, end: number): Generator<Field, void> {
  for (let at = start; at < end;) {
    const [tag, behind] = varintAt(bytes, at, end);
    const field = {
      number: Math.floor(tag / 8),
      wire: tag % 8,
      value: 0,
      from: at,
      start: behind,
      end: behind,
    };
    if (field.wire === VARINT) [field.value, field.end] = varintAt(bytes, behind, end);
    else if (field.wire === BYTES) {
      const [length, data] = varintAt(bytes, behind, end);
      field.start = data;
      field.end = data + length;
    } else if (field.wire === FIXED_64) field.end = behind + 8;
    else if (field.wire === FIXED_32) field.end = behind + 4;
    else throw broken(`wire type ${field.wire} at byte ${at}`);
    if (field.end > end) throw broken(`a field that ends behind its message, at byte ${at}`);
    yield field;
    at = field.end;
  }
}

export const textOf = (bytes: Uint8Array, { start, end }: Field): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');

/** One number, or a packed list of at most `most`. @throws ExternalDataError */
export function numbersOf(
  bytes: Uint8Array,
  { wire, value, start, end }: Field,
  most = MAX_NUMBERS,
): number[] {
  if (wire === VARINT) return [value];
  if (wire !== BYTES) throw broken('a length that is no number');
  const numbers: number[] = [];
  for (let at = start; at < end;) {
    const [number, next] = varintAt(bytes, at, end);
    numbers.push(number);
    if (numbers.length > most) throw broken(`more than ${most} axes`);
    at = next;
  }
  return numbers;
}

/** The number at `at`, and the position behind it. */
function varintAt(bytes: Uint8Array, at: number, end: number): [number, number] {
  let value = 0;
  for (let index = 0, scale = 1; index < MAX_VARINT_BYTES && at + index < end; index++, scale *= 128) {
    const byte = bytes[at + index]!;
    value += (byte & 127) * scale;
    if (byte < 128) return [value, at + index + 1];
  }
  throw broken(`a number without an end at byte ${at}`);
}

export const broken = (why: string): ExternalDataError =>
  new ExternalDataError(`this is no ONNX model: ${why}`);

/** A field of bytes: a message, of its parts. */
export function message(number: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return Buffer.concat([varint((number << 3) | BYTES), varint(length), ...parts]);
}

export const text = (number: number, value: string): Buffer => message(number, Buffer.from(value));

/** A whole number, not negative. */
export const integer = (number: number, value: number): Buffer =>
  Buffer.concat([varint(number << 3), varint(value)]);

function varint(value: number): Buffer {
  const out: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return Buffer.from([...out, rest]);
}
