/**
 * Files that decide who may do what: secrets, private keys, lists of keys. They are read whole, and refused when another
 * user of the machine could read or replace what is in them.
 *
 * What counts is the file that is opened, after all links: Kubernetes mounts a Secret as links, whose own mode is 0777, to
 * files of the mode in `defaultMode`. Its default is 0644, which is refused; 0440 with an `fsGroup` is right, so that a
 * group may read.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A file of keys or secrets cannot be used; the message is a sentence that begins with its path. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/**
 * What the file holds. `private`: secrets, so that others may not read it either. `public`: what anyone may know, such as
 * public keys and certificates, and only we may decide on.
 */
export type KeyFileKind = 'private' | 'public';

const MAX_BYTES = 1024 * 1024;

const OTHERS_READ = 0o004;
const OTHERS_WRITE = 0o002;

/**
 * The content of the file, up to 1 MiB unless told otherwise.
 * @throws KeyFileError
 */
export function readKeyFile(path: string, kind: KeyFileKind, maxBytes: number = MAX_BYTES): Buffer {
  const descriptor = opened(path);
  try {
    // Of the open file, so that it cannot be another one when it is read.
    const { mode, size, isFile } = factsOf(descriptor);
    if (!isFile) throw new KeyFileError(`${path} is not a file.`);
    const fault = faultOfMode(mode, kind);
    if (fault !== undefined) throw new KeyFileError(`${path} ${fault}`);
    if (size > maxBytes) throw tooLarge(path, maxBytes);
    // Not as long as it was said to be: it may grow, and files of /proc and of some mounts have no size.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(descriptor, bytes, length, bytes.length - length, null);
    }
    if (length > maxBytes) throw tooLarge(path, maxBytes);
    return Buffer.from(bytes.subarray(0, length));
  } catch (error) {
    throw error instanceof KeyFileError ? error : unreadable(path, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Why a file of that mode is not used, to follow its path; undefined when it is. */
export function faultOfMode(mode: number, kind: KeyFileKind): string | undefined {
  const shown = `0${(mode & 0o777).toString(8).padStart(3, '0')}`;
  if ((mode & OTHERS_WRITE) !== 0) {
    return `can be changed by every user of this machine (mode ${shown}): chmod o-w it.`;
  }
  if (kind === 'private' && (mode & OTHERS_READ) !== 0) {
    return `can be read by every user of this machine (mode ${shown}): chmod 0400 or 0440 it; for a Secret of Kubernetes set defaultMode: 0440.`;
  }
  return undefined;
}

function opened(path: string): number {
  try {
    // Without O_NONBLOCK, opening a pipe waits for its writer.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function factsOf(descriptor: number): { mode: number; size: number; isFile: boolean } {
  const facts = fstatSync(descriptor);
  return { mode: facts.mode, size: facts.size, isFile: facts.isFile() };
}

function unreadable(path: string, error: unknown): KeyFileError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  if (code === 'ENOENT') return new KeyFileError(`${path} does not exist.`);
  const why = code === 'EACCES' ? ': the user of the server may not read it' : '';
  return new KeyFileError(`${path} cannot be read (${code})${why}.`);
}

const tooLarge = (path: string, maxBytes: number): KeyFileError =>
  new KeyFileError(`${path} is larger than ${maxBytes} bytes, which is too large to be what it should be.`);
