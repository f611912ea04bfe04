/** Reads the keys of encrypted models: files of 32 bytes, or of 64 hexadecimal digits. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Keys } from '../../cipher/decryptor.ts';
import { KEY_BYTES, keyIdOf } from '../../cipher/format.ts';
import { ModelError } from '../model-error.ts';
import { codeOf } from '../real-path.ts';
import { keyFileAt } from './public-keys.ts';

const HEX = /^[0-9a-fA-F]{64}\s*$/;

/**
 * The keys in a file, or in every file of a folder, by id. Names that begin with a dot are left out, as Kubernetes has them
 * in the folder of a Secret.
 * @throws ModelError with a sentence that names the file, and never what is in it
 */
export function readKeys(path: string): Keys {
  const files = isFolder(path)
    ? readdirSync(path)
        .filter((name) => !name.startsWith('.'))
        .toSorted()
        .map((name) => join(path, name))
    : [path];
  if (files.length === 0) throw new ModelError(`There is no key in ${path}.`);
  return new Map(files.map((file) => readKey(file)).map((key) => [keyIdOf(key), key]));
}

/** The key in a file. @throws ModelError */
export function readKey(file: string): Uint8Array {
  const bytes = keyFileAt(file, 'private');
  // In memory of its own: a buffer of Node may share it with others, and is sent to threads with them.
  if (bytes.length === KEY_BYTES) return Uint8Array.from(bytes);
  const text = bytes.toString('latin1');
  if (HEX.test(text)) return Uint8Array.from(Buffer.from(text.trim(), 'hex'));
  throw new ModelError(
    `${file} is no key: it has to have 32 bytes (openssl rand -out model.key 32), or 64 hexadecimal digits.`,
  );
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch (error) {
    throw new ModelError(`The key ${path} cannot be read (${codeOf(error)}).`);
  }
}
