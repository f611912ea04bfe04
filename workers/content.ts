/**
 * A model in memory, with the weights beside it: every file read once, compared with its digest as it is read, and decrypted
 * where it is encrypted. Nothing plain is ever written. Blocks this thread, some 1 ms a MB.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';
import { Decryptor } from '../src/cipher/decryptor.ts';
import { CipherError, ENCRYPTED_SUFFIX, HEADER_BYTES } from '../src/cipher/format.ts';
import { externalFilesIn } from '../src/onnx/external-data.ts';
import type { Content } from '../src/thread/load.ts';

export interface InMemory {
  readonly model: Buffer;
  /** As onnxruntime takes them. */
  readonly external: readonly { readonly path: string; readonly data: Buffer }[];
}

const READ_BYTES = 1024 * 1024;

/** `file`: the model, encrypted or not. @throws Error with a sentence that names the file */
export function readContent(file: string, content: Content): InMemory {
  const folder = dirname(file);
  const suffix = content.keys === undefined ? '' : ENCRYPTED_SUFFIX;
  let set: string | undefined;
  const read = (path: string): Buffer => {
    const name = relative(folder, path).replaceAll(sep, '/');
    const expected = content.digests.get(name);
    if (expected === undefined) throw new Error(`${path} is not among the files that were verified`);
    const {
      bytes,
      digest,
      set: its,
    } = readFile(path, name.slice(0, name.length - suffix.length), content.keys);
    if (digest !== expected) throw new Error(`${path} has changed since it was verified`);
    if (its !== (set ??= its)) throw new Error(`${path} was not encrypted together with ${file}`);
    return bytes;
  };
  const model = read(file);
  const plain = file.slice(0, file.length - suffix.length);
  const external = externalFilesIn(model, plain).map(({ location, path }) => ({
    path: location,
    data: read(path + suffix),
  }));
  return { model, external };
}

interface Read {
  readonly bytes: Buffer;
  /** Of the file as it is on disk. */
  readonly digest: string;
  /** Of an encrypted file. */
  readonly set?: string;
}

function readFile(path: string, name: string, keys: Content['keys']): Read {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const hash = createHash('sha256');
    const take = (into: Buffer): Buffer => {
      readFully(descriptor, into);
      hash.update(into);
      return into;
    };
    if (keys === undefined) {
      const bytes = Buffer.allocUnsafeSlow(size);
      for (let at = 0; at < size; at += READ_BYTES) take(bytes.subarray(at, at + READ_BYTES));
      return { bytes, digest: hash.digest('hex') };
    }
    const decryptor = new Decryptor(take(Buffer.alloc(Math.min(size, HEADER_BYTES))), size, name, keys);
    const { plainBytes, set } = decryptor.header;
    const bytes = Buffer.allocUnsafeSlow(plainBytes);
    for (let at = 0, next; (next = decryptor.next) > 0;) {
      const plain = decryptor.open(take(Buffer.allocUnsafe(next)));
      at += plain.copy(bytes, at);
      plain.fill(0);
    }
    return { bytes, digest: hash.digest('hex'), set };
  } catch (error) {
    throw error instanceof CipherError ? new Error(`${path} cannot be opened: ${error.message}`) : error;
  } finally {
    closeSync(descriptor);
  }
}

function readFully(descriptor: number, into: Buffer): void {
  for (let at = 0; at < into.length;) {
    const read = readSync(descriptor, into, at, into.length - at, null);
    if (read === 0) throw new CipherError('it became shorter while it was read');
    at += read;
  }
}
