import t from 'tap';
import { trimMemory } from '../../workers/memory.ts';

const MiB = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

t.test('memory that was freed is given back to the system, where glibc is', async (t) => {
  const { default: koffi } = await import('koffi');
  const glibc = (() => {
    try {
      return koffi.load('libc.so.6');
    } catch {
      return undefined;
    }
  })();
  if (glibc === undefined) return t.doesNotThrow(trimMemory);
  const malloc = glibc.func('void *malloc(size_t)');
  const free = glibc.func('void free(void *)');
  const fill = glibc.func('void *memset(void *, int, size_t)');
  // Pieces that are not mapped by themselves; one in the middle keeps the heap from shrinking by itself.
  const pieces = Array.from({ length: 1024 }, () => malloc(PIECE_BYTES) as unknown);
  for (const piece of pieces) fill(piece, 1, PIECE_BYTES);
  const full = process.memoryUsage.rss();
  for (const piece of pieces.slice(0, -1)) free(piece);
  await trimMemory();
  t.ok(
    process.memoryUsage.rss() < full - 32 * MiB,
    `${Math.round((full - process.memoryUsage.rss()) / MiB)} MiB`,
  );
  free(pieces.at(-1));
});
