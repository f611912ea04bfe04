/** Predictions by the client from the real server: every kind of input, and its errors. */
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import t from 'tap';
import {
  Ortolan,
  type ImageAnswer,
  type ImagesAnswer,
  type PredictInput,
  type RowsAnswer,
} from '../../client/src/ortolan.ts';
import { modelRepository } from '../support/model-repository.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { affine, int64 } from '../support/tiny-models.ts';

const CAT = join(PHOTOS, 'cat.jpg');
const MODEL = 'efficientnet-lite0';

t.test('images', async (t) => {
  const { port } = await startServer(t);
  const client = new Ortolan(`http://127.0.0.1:${port}`);
  const cat = await readFile(CAT);

  t.test('an image is bytes, a Blob, a stream, a data URL or base64', async (t) => {
    const inputs = {
      bytes: cat,
      buffer: Uint8Array.from(cat).buffer,
      blob: await openAsBlob(CAT, { type: 'image/jpeg' }),
      'blob of another type': await openAsBlob(CAT, { type: 'text/plain' }),
      stream: Readable.toWeb(Readable.from([cat])) as ReadableStream<Uint8Array>,
      'data URL': new URL(`data:image/jpeg;base64,${cat.toString('base64')}`),
      base64: { image: cat.toString('base64') },
    };
    for (const [title, input] of Object.entries(inputs)) {
      const { predictions, model } = await client.predict<PredictInput, ImageAnswer>(input, { topK: 2 });
      t.strictSame(
        predictions.map(({ label }) => label),
        ['tiger cat', 'Egyptian cat'],
        title,
      );
      t.match(model, { name: MODEL, version: '1', route: String });
    }
  });

  t.test('the version is chosen by number or label', async (t) => {
    for (const version of ['2', 'int8']) {
      const { model } = await client.predict(cat, { model: MODEL, version });
      t.equal(model.version, '2');
    }
  });

  t.test('of several images, a bad one fails alone', async (t) => {
    const form = new FormData();
    form.append('images', await openAsBlob(CAT), 'cat.jpg');
    form.append('images', new Blob(['text']), 'text.jpg');
    const inputs = [form, { images: [cat.toString('base64'), btoa('text')] }];
    for (const input of inputs) {
      const { results } = await client.predict<PredictInput, ImagesAnswer>(input);
      t.match(results, [{ predictions: [{ label: 'tiger cat' }] }, { code: 'NOT_AN_IMAGE' }]);
    }
  });

  t.test('an error is the server’s, with the id of its log', async (t) => {
    const headers = { 'x-request-id': 'mine-1' };
    await t.rejects(client.predict(new Blob(['text']), { headers }), {
      code: 'NOT_AN_IMAGE',
      status: 400,
      retryable: false,
      requestId: 'mine-1',
    });
    await t.rejects(client.predict(cat, { topK: 0 }), { code: 'BAD_QUERY', pointer: '/top_k' });
    await t.rejects(client.predict(cat, { model: 'other' }), { code: 'MODEL_NOT_FOUND' });
    await t.rejects(client.predict(new URL('file:///etc/passwd')), { code: 'URL_REFUSED' });
  });
});

t.test('rows are bytes or lists, and a BigInt is sent as it is', async (t) => {
  const models = modelRepository(t, { net: affine(), count: int64() });
  const { port } = await startServer(t, { models, options: { defaultModel: 'net' } });
  const client = new Ortolan(`http://127.0.0.1:${port}`);
  const bytes = await client.predict<Float32Array, RowsAnswer>(Float32Array.of(1, 2, 3, 4));
  t.strictSame(bytes.outputs, { y: [[3, 5, 7, 9]] });
  const lists = await client.predict({ inputs: { n: [[2n ** 53n + 1n, 1]] } }, { model: 'count' });
  t.strictSame(lists.outputs, { next: [[2 ** 53 + 2, 2]] });
});
