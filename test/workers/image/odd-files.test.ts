/** Images that say how they are to be turned, are damaged or are of rare kinds: models/export/odd_files.py makes them. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { readImageHeader } from '../../../src/image/header.ts';
import { decodeWhole } from '../../../workers/image/sharp-decoder.ts';

interface OddFile {
  readonly name: string;
  /** Base64. */
  readonly file: string;
  /** What Pillow makes of it after `ImageOps.exif_transpose`: size, and digest of the RGB pixels. */
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
}

const fixture = new URL('../../fixtures/odd-files.json', import.meta.url);
const { files } = JSON.parse(readFileSync(fixture, 'utf8')) as { files: readonly OddFile[] };

for (const { name, file, width, height, sha256 } of files) {
  t.test(`${name}: decoded as Pillow decodes it`, async (t) => {
    const bytes = Buffer.from(file, 'base64');
    const header = readImageHeader(bytes);
    if ('code' in header) throw new Error(header.detail);
    const pixels = await decodeWhole(bytes, header, 1000);
    t.match(pixels, { width, height });
    t.equal(createHash('sha256').update(pixels.data).digest('hex'), sha256);
  });
}
