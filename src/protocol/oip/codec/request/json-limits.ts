/**
 * Limits of a JSON text, checked by one pass over its bytes before it is parsed. The thread that parses serves everyone: a
 * value takes some 20 ns, a list of its own up to 90 ns, so the most that is taken blocks it for about 25 ms.
 */
import { ServingError } from '../../../../errors.ts';

/** As Triton's. */
export const MAX_DEPTH = 100;
/** Lists, objects and commas: about as many as there are values. A tensor of 224 x 224 x 3 has 150,528. */
export const MAX_VALUES = 250_000;
/** Bytes outside of strings; those in strings cost next to nothing. */
export const MAX_NUMBER_BYTES = 8 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
/** `[` and `{` differ in one bit, as do `]` and `}`. */
const CASE_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/**
 * Returns about how many values the text has. It need not be JSON: what is not is left to the parser.
 * @throws ServingError BAD_JSON when it is too deep, BODY_TOO_LARGE when it has too many values
 */
export function requireParsable(text: Buffer): number {
  const words = new Words(text);
  let depth = 0;
  let values = 0;
  let inStrings = 0;
  for (let at = words.nextMark(0); at < text.length; at = words.nextMark(at + 1)) {
    const byte = text[at]!;
    if (byte === QUOTE) {
      const end = endOfString(text, at);
      inStrings += end - at;
      at = end;
    } else if (byte === COMMA) values++;
    else if ((byte | CASE_BIT) === OPENING) {
      values++;
      if (++depth > MAX_DEPTH) {
        throw new ServingError('BAD_JSON', `The JSON is nested deeper than ${MAX_DEPTH} levels.`);
      }
    } else if ((byte | CASE_BIT) === CLOSING) depth--;
  }
  if (values > MAX_VALUES) throw tooMuch(`more than ${MAX_VALUES} values`);
  if (text.length - inStrings > MAX_NUMBER_BYTES)
    throw tooMuch(`more than ${MAX_NUMBER_BYTES} bytes of numbers`);
  return values;
}

/** Passes over bytes without a mark four at a time: nine tenths of a tensor are digits. */
class Words {
  readonly #words: Int32Array;
  /** Where in the text the first word is. */
  readonly #start: number;

  constructor({ buffer, byteOffset, length }: Buffer) {
    this.#start = -byteOffset & 3;
    const count = Math.max(0, length - this.#start) >> 2;
    this.#words = new Int32Array(buffer, count === 0 ? 0 : byteOffset + this.#start, count);
  }

  /** The next place from `at` on that may have a mark: a comma, a quote, a bracket or a brace. */
  nextMark(at: number): number {
    const fromStart = at - this.#start;
    if (fromStart < 0 || (fromStart & 3) !== 0) return at;
    const words = this.#words;
    let index = fromStart >> 2;
    while (index < words.length && !mayHaveMark(words[index]!)) index++;
    return this.#start + index * 4;
  }
}

/** Whether one of the four bytes is a mark; a few others are taken for marks too. */
const mayHaveMark = (word: number): boolean =>
  (zeroByte(word ^ 0x2c2c2c2c) | zeroByte(word ^ 0x22222222) | zeroByte((word | 0x26262626) ^ 0x7f7f7f7f)) !==
  0;

/** Not 0 when one of the four bytes is 0; it may not be 0 either when one is 1 behind such a byte. */
const zeroByte = (word: number): number => (word - 0x01010101) & ~word & 0x80808080;

/** The place of the closing quote; the end of the text when there is none. */
function endOfString(text: Buffer, start: number): number {
  for (let end = text.indexOf(QUOTE, start + 1); end >= 0; end = text.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

const tooMuch = (what: string): ServingError =>
  new ServingError(
    'BODY_TOO_LARGE',
    `The JSON has ${what}: send large tensors as binary data, with binary_data_size.`,
  );
