import t from 'tap';
import { BodyBuffers, LARGEST_BYTES } from '../../../src/http/body/buffers.ts';
import { GrowingBody } from '../../../src/http/body/growing-body.ts';

/** The requested sizes, in order. */
class Asked extends BodyBuffers {
  readonly sizes: number[] = [];

  override take(bytes: number): Buffer {
    this.sizes.push(bytes);
    return super.take(bytes);
  }
}

t.test('earlier bytes are kept when the buffer grows', async (t) => {
  const body = new GrowingBody(new BodyBuffers(), 1, 100_000);
  const pieces = [...'abcde'].map((letter) => letter.repeat(20_000));
  for (const piece of pieces) body.append(Buffer.from(piece));
  t.equal(body.length, 100_000);
  t.equal(body.bytes.toString(), pieces.join(''));
});

t.test('a buffer doubles up to the limit', async (t) => {
  const buffers = new Asked();
  const body = new GrowingBody(buffers, 16_384, 70_000);
  for (let i = 0; i < 7; i++) body.append(Buffer.alloc(10_000));
  t.strictSame(buffers.sizes, [16_384, 40_000, 70_000]);
});

t.test('a buffer that is too large to be reused has the size of the limit at once', async (t) => {
  const buffers = new Asked();
  const body = new GrowingBody(buffers, LARGEST_BYTES, 10 * LARGEST_BYTES);
  for (let i = 0; i < 10; i++) body.append(Buffer.alloc(LARGEST_BYTES));
  t.strictSame(buffers.sizes, [LARGEST_BYTES, 10 * LARGEST_BYTES]);
});
