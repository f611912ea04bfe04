import t from 'tap';
import { digestOf } from '../../src/cache/digest.ts';
import type { ImagePayload, Payload } from '../../src/thread/payload.ts';

const HEADER = { format: 'jpeg', width: 1, height: 1 } as unknown as ImagePayload['header'];

const image = (text: string, topK = 5): Payload => ({
  kind: 'image',
  rows: 1,
  bytes: Buffer.from(text),
  header: HEADER,
  topK,
});

const tensors = (...inputs: (readonly [string, ...number[]])[]): Payload => ({
  kind: 'tensors',
  rows: 1,
  inputs: inputs.map(([text, ...shape]) => ({ shape, data: Buffer.from(text) })),
});

t.test('equal payloads have the same digest, wherever their bytes lie', (t) => {
  t.equal(digestOf(image('photo')), digestOf(image('photo')));
  t.equal(digestOf(tensors(['x', 1], ['y'])), digestOf(tensors(['x', 1], ['y'])));
  t.end();
});

t.test('all that the result depends on makes a difference', (t) => {
  const all = [
    image('photo'),
    image('photo', 6),
    image('phota'),
    image('photo '),
    { ...image('photo'), topK: undefined } as Payload,
    tensors(['photo', 2, 3]),
    tensors(['photo', 3, 2]),
    tensors(['photo', 23]),
    tensors(['photo']),
    tensors(['photo', 2, 3], ['', 0]),
    tensors(['', 0], ['photo', 2, 3]),
    tensors(['pho'], ['to']),
  ];
  t.equal(new Set(all.map(digestOf)).size, all.length);
  t.end();
});

t.test('is short, however many inputs there are', (t) => {
  const many = tensors(...Array.from({ length: 500 }, (_, input) => [String(input), 1] as const));
  t.ok(digestOf(many).length < 64);
  t.end();
});
