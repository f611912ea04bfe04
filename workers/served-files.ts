/** What the files of a model were when it was opened, so that a thread that comes later opens the same. */
import { statSync } from 'node:fs';
import { externalFiles } from '../src/onnx/external-data.ts';
import type { OpenedFiles } from '../src/thread/load.ts';
import { contentOf } from './forms/compiled.ts';

/** A digest is taken of files up to this size together: some 16 ms. Larger ones are known by their stamp alone. */
const DIGEST_BYTES = 16 * 1024 * 1024;

type Note = Pick<OpenedFiles, 'stamp' | 'digest'>;

/** Of model.onnx and the files that it takes weights from. `reads`: whether a digest may be taken. */
export function noteOn(model: string, reads: boolean): Note {
  const files = [model, ...othersOf(model)];
  const facts = files.map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }));
  const stamp = facts.map((one) => one && [one.dev, one.ino, one.size, one.mtimeNs].join(' ')).join('\n');
  const bytes = facts.reduce((sum, one) => sum + Number(one?.size ?? 0), 0);
  const isReadable = facts.every((one) => one?.isFile()) && bytes <= DIGEST_BYTES;
  return { stamp, digest: reads && isReadable ? contentOf(files) : undefined };
}

/** The same after the files were opened; without a digest when they have changed meanwhile. `before`: from before that. */
export function noteSince(before: Note, model: string, reads: boolean): Note {
  const now = noteOn(model, reads);
  return now.stamp === before.stamp ? now : before;
}

/** Whether they are still what they were: untouched, or of the same content. */
export function areServed(model: string, served: Note): boolean {
  const { stamp, digest } = noteOn(model, served.digest !== undefined);
  return stamp === served.stamp || (digest !== undefined && digest === served.digest);
}

/** None for what is no ONNX. */
function othersOf(model: string): readonly string[] {
  try {
    return externalFiles(model);
  } catch {
    return [];
  }
}
