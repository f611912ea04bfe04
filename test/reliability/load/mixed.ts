/** Requests of every kind, good and bad, with the status that each has to get. */
import { requestOf } from '../../../bench/generator/connections.ts';

export interface Expected {
  readonly bytes: Buffer;
  /** `aborted`: the client goes before the answer. */
  readonly ending: number | 'aborted';
}

const JSON_TYPE = { 'content-type': 'application/json' };
const row = (value: number): Buffer => Buffer.from(new Float32Array(4).fill(value).buffer);

/** A hundred of them: how often each comes is its share. Models: affine and brightness; the cache of answers is on. */
export function mixed(port: number, image: Buffer): readonly Expected[] {
  const post = (
    path: string,
    body: Buffer | string,
    headers: Readonly<Record<string, string>> = {},
  ): Buffer => requestOf(new URL(`http://127.0.0.1:${port}${path}`), headers, Buffer.from(body as string));
  const affine = '/v1/models/affine/predict';
  const brightness = '/v1/models/brightness/predict';
  const oip = JSON.stringify({
    inputs: [{ name: 'x', shape: [1, 4], datatype: 'FP32', data: [1, 2, 3, 4] }],
  });
  const of = (count: number, ending: Expected['ending'], bytes: (index: number) => Buffer): Expected[] =>
    Array.from({ length: count }, (_, index) => ({ ending, bytes: bytes(index) }));
  const all = [
    ...of(40, 200, (index) => post(affine, row(index))),
    ...of(10, 200, () => post('/v2/models/affine/infer', oip, JSON_TYPE)),
    ...of(10, 200, () => post(brightness, image, { 'content-type': 'image/png' })),
    ...of(5, 200, () => post(brightness, JSON.stringify({ image: image.toString('base64') }), JSON_TYPE)),
    ...of(8, 400, () => post(affine, 'half a row')),
    ...of(5, 400, () => post(affine, '{"inputs":', JSON_TYPE)),
    ...of(4, 400, () => post(brightness, 'no image', { 'content-type': 'image/png' })),
    ...of(4, 404, () => post('/v1/models/nothing/predict', row(1))),
    ...of(4, 400, () => post(brightness, JSON.stringify({ url: 'http://127.0.0.1:1/x.png' }), JSON_TYPE)),
    ...of(10, 'aborted', (index) => post(affine, row(1000 + index))),
  ];
  // In an order in which none follows its like for long.
  return all.map((_, index) => all[(index * 37) % all.length]!);
}
