/** Reads a small object as text. */
import { ArtifactError } from '../artifact-error.ts';
import type { Got } from './store.ts';

/** `where`: of the object, for errors. @throws ArtifactError corrupt when it is longer than `maxBytes` */
export async function readText({ pieces }: Got, maxBytes: number, where: string): Promise<string> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.byteLength;
    if (length > maxBytes) throw new ArtifactError('corrupt', `${where} has more than ${maxBytes} bytes.`);
    read.push(piece);
  }
  return Buffer.concat(read).toString('utf8');
}
