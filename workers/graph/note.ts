/** What was rewritten in a compiled form, kept beside it; the manifest of the form holds its digest. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Rewrites } from '../../src/thread/load.ts';
import type { ValueMetadata } from '../signature.ts';
import type { PixelInput } from './pixel-input.ts';

const FILE = 'rewrites.json';

export interface RewriteNote extends Rewrites {
  readonly pixels?: PixelInput;
  /** The input as the model declares it. */
  readonly declared?: ValueMetadata;
}

/** `form`: the path of the model in the folder of its form. */
export const writeNote = (form: string, note: RewriteNote): void =>
  writeFileSync(join(dirname(form), FILE), JSON.stringify(note));

/** Undefined where there is none: nothing was to be rewritten. @throws Error for what is no note */
export function noteBeside(form: string): RewriteNote | undefined {
  try {
    return JSON.parse(readFileSync(join(dirname(form), FILE), 'utf8')) as RewriteNote;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The inputs of a session, with the one that was rewritten as the model declares it. */
export const asDeclared = (
  inputs: readonly ValueMetadata[],
  { declared }: RewriteNote,
): readonly ValueMetadata[] => inputs.map((one) => (one.name === declared?.name ? declared : one));
