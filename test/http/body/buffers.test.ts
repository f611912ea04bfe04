import t from 'tap';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';

const MiB = 1024 * 1024;

t.test('a released buffer is reused for a body of about its size', async (t) => {
  const buffers = new BodyBuffers();
  const first = buffers.take(60_000);
  buffers.give(first);
  t.equal(buffers.take(50_000), first);
});

t.test('a buffer in use is never given out a second time', async (t) => {
  const buffers = new BodyBuffers();
  t.not(buffers.take(60_000), buffers.take(60_000));
});

t.test('a buffer has at least the requested size, whatever was released before', async (t) => {
  const buffers = new BodyBuffers();
  buffers.give(buffers.take(20_000));
  for (const bytes of [1, 16_384, 16_385, 100_000, 2 * MiB, 2 * MiB + 1]) {
    t.ok(buffers.take(bytes).byteLength >= bytes, `${bytes}`);
  }
});

t.test('the largest bodies get a buffer of their exact size, which is not reused', async (t) => {
  const buffers = new BodyBuffers();
  const large = buffers.take(3 * MiB);
  t.equal(large.byteLength, 3 * MiB);
  buffers.give(large);
  t.not(buffers.take(3 * MiB), large);
});

t.test('at most 32 MiB of buffers are kept', async (t) => {
  const buffers = new BodyBuffers();
  const taken = Array.from({ length: 17 }, () => buffers.take(2 * MiB));
  for (const buffer of taken) buffers.give(buffer);
  const again = new Set(Array.from({ length: 17 }, () => buffers.take(2 * MiB)));
  t.equal(taken.filter((buffer) => again.has(buffer)).length, 16);
});
