/** Native binaries of packages by SHA-256, and a comparison with those that their makers have published elsewhere. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Binary {
  /** Below the folder. */
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

export const binariesIn = (folder: string): readonly Binary[] =>
  globSync('**/*.{node,so,so.*,dylib,dll}', { cwd: folder })
    .filter((file) => statSync(join(folder, file)).isFile())
    .toSorted()
    .map((file) => {
      const content = readFileSync(join(folder, file));
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { file, bytes: content.length, sha256 };
    });

export interface Compared {
  readonly file: string;
  readonly result: 'same' | 'differs' | 'not published';
}

/** By the name of the file, wherever it lies. */
export function compared(ours: readonly Binary[], theirs: readonly Binary[]): readonly Compared[] {
  const published = new Map(theirs.map(({ file, sha256 }) => [basename(file), sha256]));
  return ours.map(({ file, sha256 }) => {
    const other = published.get(basename(file));
    return { file, result: other === undefined ? 'not published' : other === sha256 ? 'same' : 'differs' };
  });
}
