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

const rows = (count: number, ...inputs: string[]): Payload => ({
  kind: 'tensors',
  rows: count,
  inputs: inputs.map((text) => ({ shape: [count], data: Buffer.from(text) })),
});

t.test('equal payloads have the same digest, wherever their bytes lie', (t) => {
  t.equal(digestOf(image('photo')), digestOf(image('photo')));
  t.equal(digestOf(rows(1, 'x', 'y')), digestOf(rows(1, 'x', 'y')));
  t.end();
});

t.test('all that the result depends on makes a difference', (t) => {
  const all = [
    image('photo'),
    image('photo', 6),
    image('phota'),
    image('photo '),
    rows(1, 'photo'),
    rows(2, 'photo'),
    rows(1, 'photo', ''),
    rows(1, '', 'photo'),
    rows(1, 'pho', 'to'),
  ];
  t.equal(new Set(all.map(digestOf)).size, all.length);
  t.end();
});
