/** Reads files of a model. Text must be UTF-8: decoding anything else would lose characters. */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
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
 * The content of a file.
 * @throws ModelError with the system's error code when it cannot be read; when it is a pipe, a socket or a device.
 */
export async function readWhole(file: string): Promise<Buffer> {
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer: no model would be loaded any more, and the process not end.
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await handle.stat();
    if (!facts.isFile() && !facts.isDirectory()) throw new ModelError(`${file} is not a file.`);
    return await handle.readFile();
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(`${file} cannot be read (${codeOf(error)}).`);
  }
}

/**
 * The text of a file, without a byte order mark.
 * @throws ModelError with file, line and byte when the file is not UTF-8; those of readWhole()
 */
export async function readText(file: string): Promise<string> {
  return decoded(file, await readWhole(file));
}

/** The same of what was read of the file. */
export function decoded(file: string, bytes: Buffer): string {
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
