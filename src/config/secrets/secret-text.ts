/** A secret that is the whole text of a file: ORTOLAN_X_FILE in place of ORTOLAN_X. */
import { isUtf8 } from 'node:buffer';
import { KeyFileError, readKeyFile } from './key-file.ts';

/** More than any password, token or URL has. */
const MAX_SECRET_BYTES = 64 * 1024;

/**
 * The text without the line end that editors, `echo` and `openssl rand` leave behind it.
 * @throws KeyFileError also when the file is empty, is not UTF-8, or has more lines
 */
export function readSecretText(path: string): string {
  const bytes = readKeyFile(path, 'private', MAX_SECRET_BYTES);
  if (!isUtf8(bytes)) throw new KeyFileError(`${path} is not UTF-8 text.`);
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replace(/(\r?\n)+$/, '');
  if (text.trim() === '') throw new KeyFileError(`${path} is empty.`);
  // No secret has a line end inside; a file with more lines is another one, and would be sent as a header or a password.
  if (/[\r\n\0]/.test(text)) throw new KeyFileError(`${path} has more than one line, and a secret has one.`);
  return text;
}
