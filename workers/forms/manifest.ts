/**
 * What the files of a compiled form are, written down when it was made. Of a model that was verified it is authenticated with
 * a secret of this process: a form that anybody else has put there is not used.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writableByOthers } from '../../src/disk/cache-folder.ts';

/** The model in a form. */
export const MODEL = 'model.onnx';
const MANIFEST = 'manifest.json';

const READ_BYTES = 256 * 1024;

/** Notes every file of the folder. */
export function writeManifest(folder: string, secret?: Uint8Array): void {
  const notes = JSON.stringify(
    Object.fromEntries(readdirSync(folder).map((name) => [name, noteOn(join(folder, name))])),
  );
  writeFileSync(join(folder, MANIFEST), secret === undefined ? notes : `${notes}\n${sealOf(notes, secret)}`);
}

const sealOf = (notes: string, secret: Uint8Array): string =>
  createHmac('sha256', secret).update(notes).digest('hex');

/** The notes of a form. @throws Error when they are not of this secret, or need none */
function notesIn(folder: string, secret: Uint8Array | undefined): Record<string, Note> {
  const [notes = '', seal, ...rest] = readFileSync(join(folder, MANIFEST), 'utf8').split('\n');
  const expected = secret === undefined ? undefined : sealOf(notes, secret);
  const isOurs =
    expected === undefined
      ? seal === undefined
      : seal?.length === expected.length && timingSafeEqual(Buffer.from(seal), Buffer.from(expected));
  if (!isOurs || rest.length > 0) throw new Error('a form of another process');
  return JSON.parse(notes) as Record<string, Note>;
}

interface Note {
  /** Device, inode, size, mtime and ctime. The kernel sets ctime at every write; programs cannot. */
  readonly stamp: string;
  readonly sha256: string;
}

/** Device, inode, size, mtime and ctime. */
export function stampOf(file: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

const noteOn = (file: string): Note => ({ stamp: stampOf(file), sha256: digestOf(file) });

/** A file with the same stamp is not read, which saves 30 ms for 24 MB; one that was copied or restored is. */
const isAsNoted = (file: string, note: Note | undefined): boolean =>
  note !== undefined && (note.stamp === stampOf(file) || note.sha256 === digestOf(file));

/** Whether all files of the manifest exist, unchanged, and no others; with a secret: whether it was written with that. */
export function isIntact(form: string, secret?: Uint8Array): boolean {
  try {
    if (writableByOthers(form)) return false;
    const notes = notesIn(form, secret);
    const names = readdirSync(form).filter((name) => name !== MANIFEST);
    if (!(MODEL in notes) || names.length !== Object.keys(notes).length) return false;
    return names.every((name) => isAsNoted(join(form, name), notes[name]));
  } catch {
    return false;
  }
}

/** sha256; reads in pieces, so that the memory of a start does not grow with the model. */
export function digestOf(file: string): string {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(READ_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    for (let read; (read = readSync(descriptor, piece, 0, piece.length, null)) > 0;)
      hash.update(piece.subarray(0, read));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
