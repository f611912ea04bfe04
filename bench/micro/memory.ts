/** Looking at an image's header, and the one copy of a body: from where it was read into the worker's slab. */
import { readImageHeader, type ImageHeader } from '../../src/image/header.ts';
import { Slab } from '../../src/pool/slab.ts';
import type { Photograph } from '../../tools/photographs/sets.ts';
import { rowOf } from '../inputs/models.ts';
import type { Work } from './timing.ts';

const ROWS = 64;
const TOP_K = 5;

export function headerOf({ name, bytes }: Photograph): ImageHeader {
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(`${name}: ${header.detail}`);
  return header;
}

export function memoryWorks(photographs: readonly Photograph[], large: Photograph): readonly Work[] {
  const slab = new Slab();
  const image = photographs[0]!;
  const images = [{ bytes: image.bytes, header: headerOf(image), topK: TOP_K }];
  const row = rowOf('matrix');
  const entries = Array.from({ length: ROWS }, () => ({ inputs: [row], rows: 1 }));
  return [
    ...[image, large].map(({ name, bytes }) => ({
      name: `image header: ${name}`,
      call: () => readImageHeader(bytes),
    })),
    {
      name: `slab: one image, ${Math.round(image.bytes.length / 1000)} KB`,
      call: () => copied(slab, () => slab.write(0, { kind: 'images', images })),
    },
    {
      name: `slab: ${ROWS} rows of ${row.length} bytes`,
      call: () => copied(slab, () => slab.write(0, { kind: 'rows', entries })),
    },
  ];
}

/** A slot is taken and freed with every batch. */
function copied<Placed>(slab: Slab, write: () => Placed): Placed {
  const slot = slab.take();
  const placed = write();
  slab.free(slot);
  return placed;
}
