/** Reads text files, which must be UTF-8: decoding anything else would lose characters. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { ModelError } from './model-error.ts';
import { codeOf } from './real-path.ts';

/** Lines end with LF, CR LF or, from old Macs, CR alone. */
const LINE_END = /\r\n|\n|\r/;

/** What decoding writes for bytes that are not a character. */
const REPLACEMENT = '\uFFFD';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT).toString('latin1');

/** Byte order marks of UTF-16, little and big endian. */
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * The text of a file, without a byte order mark.
 * @throws ModelError with file, line and byte when the file is not UTF-8, with the system's error code when it cannot be read.
 */
export async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new ModelError(`${file} cannot be read (${codeOf(error)}).`);
  });
  if (UTF16_MARKS.some((mark) => bytes.subarray(0, 2).equals(mark))) {
    throw new ModelError(`${file} is UTF-16, not UTF-8: save it as UTF-8.`);
  }
  if (!isUtf8(bytes)) throw notUtf8(file, bytes);
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** The lines of a text. Line numbers in errors count the same line ends. */
export const linesOf = (text: string): string[] => text.split(LINE_END);

function notUtf8(file: string, bytes: Buffer): ModelError {
  const at = firstInvalidByte(bytes);
  const before = linesOf(bytes.toString('utf8', 0, at));
  const byte = bytes[at]!.toString(16).padStart(2, '0');
  return new ModelError(
    `${file}:${before.length} is not UTF-8 (byte 0x${byte} at offset ${at}): save the file as UTF-8.`,
  );
}

/** Offset of the first byte that is not part of a valid character. */
function firstInvalidByte(bytes: Buffer): number {
  const text = bytes.toString('utf8');
  let offset = 0;
  for (let from = 0, at; (at = text.indexOf(REPLACEMENT, from)) >= 0; from = at + 1) {
    offset += Buffer.byteLength(text.slice(from, at));
    const length = Buffer.byteLength(REPLACEMENT);
    if (bytes.toString('latin1', offset, offset + length) !== REPLACEMENT_BYTES) break;
    offset += length; // The file itself contains U+FFFD.
  }
  return offset;
}
