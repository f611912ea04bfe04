/**
 * What a version is used with and lies outside of its folder: model.json, the class names, the golden samples. Their digests
 * are in a file of the version's folder, which the signature covers, in the form of `sha256sum`:
 *
 *   cd models/net/1 && sha256sum ../model.json ../labels.txt ../golden/* > shared.sha256
 */
import { invalid, isPath, shown } from './statement.ts';

/** Name of the file in the folder of a version. */
export const SHARED_FILE = 'shared.sha256';

const LINE = /^([0-9a-f]{64}) [ *]\.\.\/(.+)$/;

/** sha256 by path, relative to the folder of the model. @throws TrustError without the name of the file */
export function parseShared(text: string): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const [, digest, path] = LINE.exec(line) ?? [];
    if (path === undefined || !isPath(path))
      throw invalid(`its line ${index + 1} is no "<sha256>  ../<file>": ${shown(line)}`);
    if (digests.has(path)) throw invalid(`it names ../${path} twice`);
    digests.set(path, digest!);
  }
  return digests;
}

export const sharedText = (digests: ReadonlyMap<string, string>): string =>
  [...digests].map(([path, digest]) => `${digest}  ../${path}\n`).join('');
