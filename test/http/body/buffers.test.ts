import t from 'tap';
import { BodyBuffers } from '../../../src/http/body/buffers.ts';

const MiB = 1024 * 1024;

t.test('a buffer that was given back is used again for a body of about its size', async (t) => {
  const buffers = new BodyBuffers();
  const first = buffers.take(60_000);
  buffers.give(first);
  t.equal(buffers.take(50_000), first);
});

t.test('a buffer in use is never given out a second time', async (t) => {
  const buffers = new BodyBuffers();
  t.not(buffers.take(60_000), buffers.take(60_000));
});

t.test('a buffer is as large as asked for, whatever was given back before', async (t) => {
  const buffers = new BodyBuffers();
  buffers.give(buffers.take(20_000));
  for (const bytes of [1, 16_384, 16_385, 100_000, 2 * MiB, 2 * MiB + 1]) {
    t.ok(buffers.take(bytes).byteLength >= bytes, `${bytes}`);
  }
});

t.test('the largest bodies have a buffer of their exact size, which is not kept', async (t) => {
  const buffers = new BodyBuffers();
  const large = buffers.take(3 * MiB);
  t.equal(large.byteLength, 3 * MiB);
  buffers.give(large);
  t.not(buffers.take(3 * MiB), large);
});

t.test('no more is kept than 32 MiB', async (t) => {
  const buffers = new BodyBuffers();
  const taken = Array.from({ length: 17 }, () => buffers.take(2 * MiB));
  for (const buffer of taken) buffers.give(buffer);
  const again = new Set(Array.from({ length: 17 }, () => buffers.take(2 * MiB)));
  t.equal(taken.filter((buffer) => again.has(buffer)).length, 16);
});
