/** From images to an answer: which of them reach the batcher, and how failures are reported. */
import t from 'tap';
import type { EntryOutcome } from '../../src/batcher/entry.ts';
import { ServingError } from '../../src/errors.ts';
import type { PredictSettings } from '../../src/protocol/v1/predict-plan.ts';
import { settled } from '../support/fake-clock.ts';
import { plain, vast } from '../e2e/fixtures/images.ts';
import { exchangeOf, type ExchangeUnderTest } from '../http/fixtures/exchange.ts';
import { classifier, done, stagesOf, type StagesUnderTest, predicted } from '../http/fixtures/stages.ts';

const IMAGE = plain([1, 2, 3]);
const TEXT = Buffer.from('no image');
const CLASSES = done({ kind: 'classes', classes: [7, 2], probabilities: [0.5, 0.25] });
const failed = (code: 'IMAGE_CORRUPT' | 'INTERNAL', detail: string): EntryOutcome => ({
  kind: 'failed',
  failure: { code, detail },
});

type Sent = ExchangeUnderTest & StagesUnderTest & { readonly body: Readonly<Record<string, unknown>> };

/** Sends a body; `outcomes` are those of the images that reach the batcher, in order. */
async function sent(
  body: Buffer | object,
  outcomes: readonly EntryOutcome[] = [],
  changed: Partial<PredictSettings> = {},
  query = '',
): Promise<Sent> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const headers: [string, string][] = [['content-length', String(bytes.length)]];
  if (!Buffer.isBuffer(body)) headers.push(['content-type', 'application/json']);
  const each = exchangeOf(headers, {}, 'POST', { parameters: ['m'], query });
  let next = 0;
  const made = stagesOf(classifier(), () => outcomes[next++] ?? CLASSES, {
    maxJsonBytes: 50_000,
    ...changed,
  });
  const over = predicted(each.exchange, made.stages);
  each.response.feed(bytes, true);
  await over;
  await settled();
  return { ...each, ...made, body: JSON.parse(each.response.body ?? '{}') as Record<string, unknown> };
}

const base64 = (...images: readonly Buffer[]): string[] => images.map((image) => image.toString('base64'));

t.test('one image is answered with its classes, timings and batch', async (t) => {
  const { body, response, submitted } = await sent(IMAGE);
  t.strictSame(body['predictions'], [
    { class_id: 7, probability: 0.5 },
    { class_id: 2, probability: 0.25 },
  ]);
  t.match(body, {
    request_id: 'id-1',
    model: { name: 'classifier', version: '1' },
    timings_ms: { queue: 4, decode: 1, infer: 2, post: 3 },
    batch: { size: 1, reason: 'idle' },
  });
  t.match(response.headers.get('server-timing'), /queue;dur=4\.00, decode;dur=1\.00/);
  t.match(submitted, [{ kind: 'image', header: { format: 'png', width: 8, height: 8 }, topK: 5 }]);
});

t.test(
  'the query decides how many classes, then the body, then the server, never more than there are',
  async (t) => {
    const image = base64(IMAGE)[0];
    const topK = async (body: object, query: string, defaultTopK: number) =>
      (await sent(body, [], { defaultTopK }, query)).submitted.map(
        (each) => each.kind === 'image' && each.topK,
      );
    t.strictSame(await topK({ image, top_k: 3 }, 'top_k=2', 5), [2]);
    t.strictSame(await topK({ image, top_k: 3 }, '', 5), [3]);
    t.strictSame(await topK({ image }, '', 5), [5]);
    t.strictSame(await topK({ image }, '', 50), [10]);
  },
);

t.test(
  'bytes that are not an image never reach the batcher, and keep their place in the answer',
  async (t) => {
    const { body, submitted } = await sent({ images: base64(TEXT, IMAGE, vast(200), IMAGE) }, [
      CLASSES,
      failed('IMAGE_CORRUPT', 'It is broken.'),
    ]);
    t.equal(submitted.length, 2);
    t.match(body['results'], [
      { code: 'NOT_AN_IMAGE' },
      { predictions: [{ class_id: 7 }, { class_id: 2 }] },
      { code: 'IMAGE_TOO_LARGE', error: /200 x 200/ },
      { code: 'IMAGE_CORRUPT', error: 'It is broken.' },
    ]);
  },
);

t.test('when all images fail, the first decides the status', async (t) => {
  const { response, body } = await sent({ images: base64(vast(200), TEXT) });
  t.equal(response.status, '413 Content Too Large');
  t.equal(body['code'], 'IMAGE_TOO_LARGE');
});

t.test('details of an internal error are not sent to the client', async (t) => {
  const stack = 'Error: secret\n    at run (/srv/workers/infer.ts:1:1)';
  const one = await sent(IMAGE, [failed('INTERNAL', stack)]);
  t.equal(one.response.status, '500 Internal Server Error');
  t.notMatch(one.response.body, /secret/);
  t.match(one.log[0], { level: 'ERROR', error: /secret/ });

  const several = await sent({ images: base64(IMAGE, IMAGE) }, [CLASSES, failed('INTERNAL', stack)]);
  t.match(several.body['results'], [{ predictions: [] }, { code: 'INTERNAL' }]);
  t.notMatch(several.response.body, /secret/);
});

t.test('images by URL take from the budget as bodies do, until the answer', async (t) => {
  const fetchImage = async (): Promise<Uint8Array> => IMAGE;
  const { budget, submitted, response } = await sent({ url: 'http://a.test/' }, [], { fetchImage });
  t.equal(response.status, '200 OK');
  t.equal(submitted.length, 1);
  t.equal(budget.used, 0);
});

t.test('an image by URL that does not fit into the budget is refused for lack of room', async (t) => {
  const fetchImage = async (): Promise<Uint8Array> => Buffer.alloc(100_000);
  const { response, body } = await sent({ url: 'http://a.test/' }, [], { fetchImage });
  t.equal(response.status, '503 Service Unavailable');
  t.equal(body['code'], 'OVERLOADED');
});

t.test('a refused URL is logged with its request', async (t) => {
  const logged: unknown[] = [];
  const urlRefused = (requestId: string, error: ServingError): void =>
    void logged.push([requestId, error.code]);
  const fetchImage = async (): Promise<Uint8Array> => {
    throw new ServingError('URL_TIMEOUT', 'Too slow.');
  };
  const { body } = await sent({ url: 'http://a.test/' }, [], { fetchImage, urlRefused });
  t.equal(body['code'], 'URL_TIMEOUT');
  t.strictSame(logged, [['id-1', 'URL_TIMEOUT']]);
});

t.test('more images than a queue can hold are refused without a retry', async (t) => {
  const { body } = await sent({ images: base64(IMAGE, IMAGE, IMAGE) }, [], { maxQueueRows: 2 });
  t.match(body, { code: 'BODY_TOO_LARGE', retryable: false });
});
