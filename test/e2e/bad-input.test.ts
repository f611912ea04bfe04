/** Every kind of bad input and its response. None of them is answered with a 500. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import {
  get,
  jsonOf,
  post,
  postJson,
  scrape,
  send,
  until,
  Wire,
  type WireResponse,
} from '../support/http-client.ts';
import { FAULTY_WORKER, Gate, HELD_PIXEL } from '../support/faults.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { add, affine, brightness } from '../support/tiny-models.ts';
import { form, FORM_TYPE } from './fixtures/forms.ts';
import { animatedPng, animatedWebp, claiming, plain, vast } from './fixtures/images.ts';
import { photograph } from './fixtures/photographs.ts';

const KiB = 1024;
const COFFEE = photograph('coffee.jpg');
const PNG = photograph('coffee.png');
const RED = plain([255, 0, 0]);
const LONG_URL = 'http://127.0.0.1/'.padEnd(8193, 'x');

const models = modelRepository(t, { brightness: brightness(), affine: affine(), add: add() });
const { port, log } = await startServer(t, {
  models,
  options: {
    defaultModel: 'brightness',
    maxBodyBytes: 800 * KiB,
    maxJsonBytes: 800 * KiB,
    maxImagesPerRequest: 3,
  },
});
await until(async () => (await get(port, '/v1/models')).body.toString().split('"ready"').length === 4);

interface Expected {
  readonly status: number;
  readonly code: string;
  /** JSON pointer to the place. */
  readonly pointer?: string;
}

const is = (status: number, code: string, pointer?: string): Expected => ({
  status,
  code,
  ...(pointer === undefined ? {} : { pointer }),
});

const image = (body: Uint8Array | string) => () => post(port, '/v1/predict', body);
const json = (body: unknown) => () => postJson(port, '/v1/predict', body);
const text = (body: string, type = 'application/json') => {
  return () => post(port, '/v1/predict', body, { 'content-type': type });
};
const encoded = (coding: string, body: Uint8Array) => {
  return () => post(port, '/v1/predict', body, { 'content-encoding': coding });
};
const files = (...bodies: readonly (Uint8Array | string)[]) => {
  const fields = bodies.map((data) => ({ name: 'file', filename: 'a', data }));
  return () => post(port, '/v1/predict', form(fields), { 'content-type': FORM_TYPE });
};
const rows = (model: string, body: unknown) => () => postJson(port, `/v1/models/${model}/predict`, body);
const raw = (model: string, body: Uint8Array) => () => post(port, `/v1/models/${model}/predict`, body);

const TABLE: Readonly<Record<string, readonly [() => Promise<WireResponse>, Expected]>> = {
  // Not an image, or a truncated one.
  'text instead of an image': [image('This is no image.'), is(400, 'NOT_AN_IMAGE')],
  'zero bytes': [image(''), is(400, 'EMPTY_BODY')],
  'a JPEG cut off in its picture': [image(COFFEE.subarray(0, 30_000)), is(400, 'IMAGE_TRUNCATED')],
  'a JPEG cut off in its header': [image(COFFEE.subarray(0, 100)), is(400, 'IMAGE_TRUNCATED')],
  'the first two bytes of a JPEG': [image(COFFEE.subarray(0, 2)), is(400, 'IMAGE_TRUNCATED')],
  'a PNG cut off': [image(PNG.subarray(0, 40_000)), is(400, 'IMAGE_TRUNCATED')],
  'a PNG with a byte changed in its picture': [image(damaged(PNG, 2000)), is(400, 'IMAGE_CORRUPT')],
  'magic bytes alone': [image(Buffer.from([0xff, 0xd8, 0xff, 0xe0])), is(400, 'IMAGE_TRUNCATED')],
  'the magic bytes of a PNG before a JPEG': [
    image(Buffer.concat([PNG.subarray(0, 8), COFFEE])),
    is(400, 'IMAGE_CORRUPT'),
  ],
  'a GIF': [image('GIF89a\x01\0\x01\0\0\0\0'), is(415, 'UNSUPPORTED_IMAGE')],
  'a TIFF of many pages': [image('II*\0\x08\0\0\0'), is(415, 'UNSUPPORTED_IMAGE')],
  'an SVG': [image('<svg xmlns="http://www.w3.org/2000/svg"/>'), is(415, 'UNSUPPORTED_IMAGE')],
  'a PDF': [image('%PDF-1.7\n'), is(415, 'UNSUPPORTED_IMAGE')],
  'an animated PNG': [image(animatedPng()), is(415, 'UNSUPPORTED_IMAGE')],
  'an animated WebP': [image(animatedWebp()), is(415, 'UNSUPPORTED_IMAGE')],
  // Larger than a limit.
  'a small PNG of very many pixels': [image(vast(16_000)), is(413, 'IMAGE_TOO_LARGE')],
  'a JPEG that claims to be very large': [
    image(claiming(COFFEE, 65_500, 65_500)),
    is(413, 'IMAGE_TOO_LARGE'),
  ],
  'a body that says that it is too large': [
    () => send(port, { method: 'POST', path: '/v1/predict', headers: { 'content-length': '900000' } }),
    is(413, 'BODY_TOO_LARGE'),
  ],
  'a body that says that it is larger than the server’s memory': [
    () => send(port, { method: 'POST', path: '/v1/predict', headers: { 'content-length': '900000000000' } }),
    is(413, 'BODY_TOO_LARGE'),
  ],
  'a body that turns out to be too large': [() => streamed(900 * KiB), is(413, 'BODY_TOO_LARGE')],
  'too many files': [files(RED, RED, RED, RED), is(413, 'TOO_MANY_IMAGES', '/file')],
  'too many images in JSON': [json({ images: Array(4).fill('AA==') }), is(413, 'TOO_MANY_IMAGES', '/images')],
  // Compressed, or declared as compressed.
  'a coding that is not read': [encoded('br', RED), is(415, 'UNSUPPORTED_MEDIA_TYPE')],
  'one coding on top of another': [encoded('gzip, gzip', gzipSync(RED)), is(415, 'UNSUPPORTED_MEDIA_TYPE')],
  'gzip that is none': [encoded('gzip', RED), is(400, 'BAD_ENCODING')],
  'deflate that is none': [encoded('deflate', RED), is(400, 'BAD_ENCODING')],
  'gzip that is cut off': [encoded('gzip', gzipSync(RED).subarray(0, 60)), is(400, 'BAD_ENCODING')],
  'gzip with more behind it': [encoded('gzip', Buffer.concat([gzipSync(RED), RED])), is(400, 'BAD_ENCODING')],
  'gzip of nothing': [encoded('gzip', gzipSync('')), is(400, 'EMPTY_BODY')],
  'gzip of what is no image': [encoded('gzip', gzipSync('text')), is(400, 'NOT_AN_IMAGE')],
  'gzip of very much': [encoded('gzip', gzipSync(Buffer.alloc(5000 * KiB))), is(413, 'BODY_TOO_LARGE')],
  // JSON syntax and fields.
  'JSON that ends early': [text('{"image":'), is(400, 'BAD_JSON')],
  'JSON that is not UTF-8': [
    () => post(port, '/v1/predict', Buffer.from([0x22, 0xff, 0x22]), { 'content-type': 'application/json' }),
    is(400, 'BAD_JSON'),
  ],
  'JSON of very many brackets': [text('['.repeat(400_000)), is(400, 'BAD_FIELD')],
  'JSON that is a list': [json([]), is(400, 'BAD_FIELD')],
  'an unknown field': [json({ image: 'AA==', topk: 3 }), is(400, 'BAD_FIELD', '/topk')],
  'no image in JSON': [json({ top_k: 3 }), is(400, 'BAD_FIELD')],
  'two kinds of image in JSON': [json({ image: 'AA==', url: 'http://a' }), is(400, 'BAD_FIELD')],
  'an image that is a number': [json({ image: 5 }), is(400, 'BAD_FIELD', '/image')],
  'no images in the list': [json({ images: [] }), is(400, 'EMPTY_BODY', '/images')],
  'bad base64': [json({ image: 'no base64!' }), is(400, 'BAD_BASE64', '/image')],
  'bad base64 in a list': [json({ images: ['AA==', '%'] }), is(400, 'BAD_BASE64', '/images/1')],
  'a data URL of something else': [json({ image: 'data:text/html,<b>' }), is(400, 'BAD_BASE64', '/image')],
  'base64 of no image': [json({ image: 'AAAA' }), is(400, 'NOT_AN_IMAGE')],
  'a URL that is too long': [json({ url: LONG_URL }), is(400, 'BAD_FIELD', '/url')],
  'a URL that is too long, in a list': [json({ images: [LONG_URL] }), is(400, 'BAD_FIELD', '/images/0')],
  'top_k of zero in JSON': [json({ image: 'AA==', top_k: 0 }), is(400, 'BAD_FIELD', '/top_k')],
  'top_k beyond the classes in JSON': [json({ image: 'AA==', top_k: 4 }), is(400, 'BAD_FIELD', '/top_k')],
  'top_k that is a text in JSON': [json({ image: 'AA==', top_k: '3' }), is(400, 'BAD_FIELD', '/top_k')],
  // The query.
  'top_k of zero in the query': [
    () => post(port, '/v1/predict?top_k=0', RED),
    is(400, 'BAD_QUERY', '/top_k'),
  ],
  'top_k beyond the classes in the query': [
    () => post(port, '/v1/predict?top_k=4', RED),
    is(400, 'BAD_QUERY', '/top_k'),
  ],
  'top_k twice': [() => post(port, '/v1/predict?top_k=1&top_k=1', RED), is(400, 'BAD_QUERY', '/top_k')],
  'an unknown parameter': [() => post(port, '/v1/predict?k=1', RED), is(400, 'BAD_QUERY', '/k')],
  'a query for a model of rows': [
    () => post(port, '/v1/models/affine/predict?top_k=1', Buffer.alloc(16)),
    is(400, 'BAD_QUERY', '/top_k'),
  ],
  // Forms.
  'a form without a boundary': [text('x', 'multipart/form-data'), is(400, 'BAD_MULTIPART')],
  'a form that is cut off': [
    () =>
      post(port, '/v1/predict', form([{ name: 'file', data: RED }]).subarray(0, 120), {
        'content-type': FORM_TYPE,
      }),
    is(400, 'BAD_MULTIPART'),
  ],
  'a form whose content type names another boundary': [
    () =>
      post(port, '/v1/predict', form([{ name: 'file', data: RED }]), {
        'content-type': 'multipart/form-data; boundary=another',
      }),
    is(400, 'BAD_MULTIPART'),
  ],
  'a form without an image': [
    () => post(port, '/v1/predict', form([{ name: 'top_k', data: '1' }]), { 'content-type': FORM_TYPE }),
    is(400, 'EMPTY_BODY'),
  ],
  'a form with an empty file': [files(''), is(400, 'EMPTY_BODY', '/file')],
  'a form with an unknown field': [
    () => post(port, '/v1/predict', form([{ name: 'colour', data: 'red' }]), { 'content-type': FORM_TYPE }),
    is(400, 'BAD_FIELD', '/colour'),
  ],
  // Content types, routes and models.
  'a content type that is not read': [text('x', 'text/html'), is(415, 'UNSUPPORTED_MEDIA_TYPE')],
  'a form for a model of rows': [
    () => post(port, '/v1/models/affine/predict', 'x', { 'content-type': FORM_TYPE }),
    is(415, 'UNSUPPORTED_MEDIA_TYPE'),
  ],
  'a model that is not there': [() => post(port, '/v1/models/nope/predict', RED), is(404, 'MODEL_NOT_FOUND')],
  'a version that is not there': [
    () => post(port, '/v1/models/brightness/versions/9/predict', RED),
    is(404, 'MODEL_NOT_FOUND'),
  ],
  'a label that is not there': [
    () => post(port, '/v1/models/brightness/versions/canary/predict', RED),
    is(404, 'MODEL_NOT_FOUND'),
  ],
  'a path that is not there': [() => post(port, '/v2/nope', RED), is(404, 'ROUTE_NOT_FOUND')],
  'a method that is not there': [() => get(port, '/v1/predict'), is(405, 'METHOD_NOT_ALLOWED')],
  'a deadline that is no number': [
    () => post(port, '/v1/predict', RED, { 'x-request-timeout-ms': 'soon' }),
    is(400, 'BAD_HEADER'),
  ],
  // Rows.
  'half a row': [raw('affine', Buffer.alloc(17)), is(400, 'BAD_SHAPE')],
  'no rows': [raw('affine', Buffer.alloc(0)), is(400, 'EMPTY_BODY')],
  'raw rows for two inputs': [raw('add', Buffer.alloc(12)), is(400, 'BAD_SHAPE')],
  'a row that is too short': [
    rows('affine', { inputs: { x: [[1, 2, 3]] } }),
    is(400, 'BAD_SHAPE', '/inputs/x/0'),
  ],
  'a value that is no number': [
    rows('affine', { inputs: { x: [[1, 2, 3, 'a']] } }),
    is(400, 'BAD_FIELD', '/inputs/x/0/3'),
  ],
  'an input that the model has not': [
    rows('affine', { inputs: { x: [[1, 2, 3, 4]], z: [[1]] } }),
    is(400, 'BAD_FIELD', '/inputs/z'),
  ],
  'an input that is missing': [
    rows('add', { inputs: { a: [[1, 2, 3]] } }),
    is(400, 'BAD_FIELD', '/inputs/b'),
  ],
  'inputs of different numbers of rows': [
    rows('add', {
      inputs: {
        a: [[1, 2, 3]],
        b: [
          [1, 2, 3],
          [1, 2, 3],
        ],
      },
    }),
    is(400, 'BAD_SHAPE', '/inputs/b'),
  ],
  'an empty list of rows': [rows('affine', { inputs: { x: [] } }), is(400, 'EMPTY_BODY', '/inputs/x')],
};

function damaged(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy[at] = copy[at]! ^ 0xff;
  return copy;
}

/** Sends chunks until the server responds; the server may respond before it has read all of them. */
async function streamed(bytes: number): Promise<WireResponse> {
  const wire = await Wire.open(port);
  await wire.write('POST /v1/predict HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')]);
  for (let sent = 0; sent < bytes; sent += 0x10000) await wire.write(chunk);
  const response = await wire.response();
  wire.leave();
  return response!;
}

for (const [name, [sendIt, { status, code, pointer }]] of Object.entries(TABLE)) {
  t.test(`${name} is answered ${status} ${code}`, async (t) => {
    const response = await sendIt();
    const body = jsonOf(response);
    t.strictSame([response.status, body['code'], body['pointer']], [status, code, pointer]);
    t.type(body['error'], 'string');
    t.equal(body['request_id'], response.headers.get('x-request-id'));
    const lines = log.filter((line) => line['request_id'] === body['request_id']);
    t.match(lines, [{ status, code, message: 'request failed' }], 'logged once');
  });
}

t.test('an unsupported content coding is answered with the supported ones', async (t) => {
  const { headers } = await encoded('zstd', RED)();
  t.equal(headers.get('accept-encoding'), 'gzip, deflate');
});

t.test('no bad input counts as an internal error or leaves resources in use', async (t) => {
  const samples = await scrape(port);
  t.equal(samples('ortolan_errors_total', { code: 'INTERNAL' }), 0);
  t.equal(samples('ortolan_in_flight_bytes'), 0);
  t.equal(samples('ortolan_queue_rows'), 0);
  t.strictSame(
    log.filter(({ level }) => level === 'ERROR' || level === 'CRITICAL'),
    [],
  );
  t.equal((await post(port, '/v1/predict', RED)).status, 200);
});

t.test('an image whose header declares too many pixels never reaches a worker', async (t) => {
  const before = await scrape(port);
  await post(port, '/v1/predict', vast(16_000));
  const after = await scrape(port);
  t.equal(after('ortolan_batches_total'), before('ortolan_batches_total'));
});

t.test('bad images in a batch leave the other requests of the same batch untouched', async (t) => {
  const { port } = await startServer(t, {
    models,
    workerFile: FAULTY_WORKER,
    options: { defaultModel: 'brightness', prefetchUnderMs: 0 },
  });
  const gate = new Gate();
  t.teardown(() => gate.close());
  const first = post(port, '/v1/predict', plain(HELD_PIXEL));
  await gate.held();
  const bodies = [plain([255, 0, 0]), PNG.subarray(0, 40_000), plain([0, 255, 0]), damaged(PNG, 2000)];
  const waiting = bodies.map((body) => post(port, '/v1/predict?top_k=1', body));
  await until(async () => (await scrape(port))('ortolan_queue_rows', { model: 'brightness' }) === 4);
  gate.open();
  const [red, cut, green, broken] = await Promise.all(waiting);
  t.match(jsonOf(red!), { predictions: [{ label: 'red' }], batch: { size: 4 } });
  t.match(jsonOf(green!), { predictions: [{ label: 'green' }], batch: { size: 4 } });
  t.match(jsonOf(cut!), { code: 'IMAGE_TRUNCATED' });
  t.match(jsonOf(broken!), { code: 'IMAGE_CORRUPT' });
  t.equal((await first).status, 200);
});
