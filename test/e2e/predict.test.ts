/** The bundled model on real photographs: every form of body, compared with the Python reference. */
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import t from 'tap';
import { get, jsonOf, post, postJson, until, type WireResponse } from '../support/http-client.ts';
import { startServer } from '../support/start-server.ts';
import { form, FORM_TYPE } from './fixtures/forms.ts';
import { plain } from './fixtures/images.ts';
import {
  classesOf,
  deviation,
  photograph,
  PHOTOGRAPHS,
  referenceOf,
  typeOf,
  type Prediction,
} from './fixtures/photographs.ts';

/** Tolerance for a probability against the reference: the pixels of the fast decoder differ from Pillow's. */
const TURBO = 0.03;
const EXACT = 0.001;

const { port } = await startServer(t, { options: { workers: 2 } });
const MODEL = '/v1/models/efficientnet-lite0';

const predictionsOf = (response: WireResponse): Prediction[] =>
  jsonOf<{ predictions: Prediction[] }>(response).predictions;

const seen = (predictions: readonly Prediction[]) => ({
  first: predictions[0]?.label,
  five: new Set(classesOf(predictions)),
});

for (const name of PHOTOGRAPHS) {
  t.test(`${name} agrees with the reference`, async (t) => {
    const response = await post(port, '/v1/predict', photograph(name), { 'content-type': typeOf(name) });
    t.equal(response.status, 200);
    const predictions = predictionsOf(response);
    const reference = referenceOf(name);
    t.equal(predictions[0]?.label, reference[0]?.label);
    // Two classes that differ by less than the tolerance may change places, also the fifth and the sixth.
    const sure = reference.filter(({ probability }) => probability > TURBO);
    t.strictSame(
      classesOf(sure).filter((each) => !classesOf(predictions).includes(each)),
      [],
    );
    t.ok(deviation(predictions, sure) <= TURBO);
  });
}

t.test('with the exact decoder, probabilities agree with the reference to a thousandth', async (t) => {
  const { port } = await startServer(t, { options: { decoder: 'exact' } });
  for (const name of PHOTOGRAPHS) {
    const response = await post(port, '/v1/predict', photograph(name), { 'content-type': typeOf(name) });
    t.same(seen(predictionsOf(response)), seen(referenceOf(name)), name);
    const off = deviation(predictionsOf(response), referenceOf(name));
    t.ok(off <= EXACT, `${name} is off by ${off}`);
  }
});

t.test('a large photograph that is decoded at a reduced size stays within the tolerance', async (t) => {
  const exact = await startServer(t, { options: { decoder: 'exact' } });
  for (const name of ['cat.jpg', 'coffee.jpg', 'china.jpg']) {
    const large = await sharp(photograph(name)).resize(3000).jpeg({ quality: 90 }).toBuffer();
    const reduced = predictionsOf(await post(port, '/v1/predict', large));
    const whole = predictionsOf(await post(exact.port, '/v1/predict', large));
    t.equal(reduced[0]?.label, whole[0]?.label, name);
    const sure = whole.filter(({ probability }) => probability > TURBO);
    t.ok(deviation(reduced, sure) <= TURBO, name);
  }
});

const CAT = photograph('cat.jpg');
const COFFEE = photograph('coffee.jpg');
const CAT64 = CAT.toString('base64');

/** One image in each form that a body can have. */
const FORMS: Readonly<Record<string, () => Promise<WireResponse>>> = {
  'raw bytes with their type': () => post(port, '/v1/predict', CAT, { 'content-type': 'image/jpeg' }),
  'raw bytes with a wrong image type': () => post(port, '/v1/predict', CAT, { 'content-type': 'image/png' }),
  'an octet stream': () => post(port, '/v1/predict', CAT, { 'content-type': 'application/octet-stream' }),
  'raw bytes without a type': () => post(port, '/v1/predict', CAT),
  'a form with one file': () =>
    post(port, '/v1/predict', form([{ name: 'file', filename: 'cat.jpg', data: CAT }]), {
      'content-type': FORM_TYPE,
    }),
  'JSON with base64': () => postJson(port, '/v1/predict', { image: CAT64 }),
  'JSON with a data URL': () => postJson(port, '/v1/predict', { image: `data:image/jpeg;base64,${CAT64}` }),
  'JSON with a data URL that has parameters': () =>
    postJson(port, '/v1/predict', { image: `data:application/octet-stream;name=cat.jpg;base64,${CAT64}` }),
  'JSON behind a byte order mark': () =>
    post(port, '/v1/predict', `\ufeff${JSON.stringify({ image: CAT64 })}`, {
      'content-type': 'application/json',
    }),
  'a form as programs other than browsers write it': () => {
    const headers = Array.from({ length: 20 }, (_, i) => `X-${i}: y\r\n`).join('');
    const head = `--a b \r\n${headers}content-disposition: form-data; Name=image\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), CAT, Buffer.from('\r\n--a b-- \r\n')]);
    return post(port, '/v1/predict', body, { 'content-type': 'multipart/form-data; Boundary="a b"' });
  },
  'raw bytes in gzip': () => post(port, '/v1/predict', gzipSync(CAT), { 'content-encoding': 'gzip' }),
  'raw bytes in deflate': () =>
    post(port, '/v1/predict', deflateSync(CAT), { 'content-encoding': 'deflate' }),
  'raw bytes in nothing': () => post(port, '/v1/predict', CAT, { 'content-encoding': 'identity' }),
  'JSON in gzip': () =>
    post(port, '/v1/predict', gzipSync(JSON.stringify({ image: CAT64 })), {
      'content-type': 'application/json',
      'content-encoding': 'GZIP',
    }),
  'a form in gzip': () =>
    post(port, '/v1/predict', gzipSync(form([{ name: 'file', data: CAT }])), {
      'content-type': FORM_TYPE,
      'content-encoding': 'gzip',
    }),
  'the route of its model': () => post(port, `${MODEL}/predict`, CAT),
  'the route of its version': () => post(port, `${MODEL}/versions/1/predict`, CAT),
  'the route of its label': () => post(port, `${MODEL}/versions/stable/predict`, CAT),
};

t.test('the same image gets the same answer in every form', async (t) => {
  const expected = predictionsOf(await post(port, '/v1/predict', CAT, { 'content-type': 'image/jpeg' }));
  t.equal(expected[0]?.label, 'tiger cat');
  for (const [name, send] of Object.entries(FORMS)) {
    const response = await send();
    t.equal(response.status, 200, name);
    t.strictSame(predictionsOf(response), expected, name);
  }
});

t.test('an answer reports its model version, the time of each stage and its batch', async (t) => {
  const response = await post(port, '/v1/predict', CAT, { 'x-request-id': 'mine' });
  t.match(jsonOf(response), {
    request_id: 'mine',
    model: { name: 'efficientnet-lite0', version: '1' },
    timings_ms: { read: Number, queue: Number, decode: Number, infer: Number, post: Number, total: Number },
    batch: { size: 1, reason: 'idle', width: /^(narrow|wide)$/ },
  });
  t.equal(response.headers.get('x-request-id'), 'mine');
  t.match(
    response.headers.get('server-timing'),
    /^read;dur=.*infer;dur=[0-9.]+.*batch;desc="1 idle (narrow|wide)"$/,
  );
});

t.test('the answer has the requested number of classes, most probable first', async (t) => {
  const asked: Readonly<Record<number, () => Promise<WireResponse>>> = {
    1: () => post(port, '/v1/predict?top_k=1', CAT),
    3: () => postJson(port, '/v1/predict', { image: CAT64, top_k: 3 }),
    1000: () => post(port, '/v1/predict?top_k=1000', CAT),
    7: () =>
      post(
        port,
        '/v1/predict',
        form([
          { name: 'file', filename: 'a', data: CAT },
          { name: 'top_k', data: '7' },
        ]),
        { 'content-type': FORM_TYPE },
      ),
  };
  for (const [count, send] of Object.entries(asked)) {
    const predictions = predictionsOf(await send());
    t.equal(predictions.length, Number(count));
    const probabilities = predictions.map(({ probability }) => probability);
    t.strictSame(
      probabilities,
      probabilities.toSorted((a, b) => b - a),
    );
  }
});

t.test('the probabilities of all classes sum to one', async (t) => {
  const predictions = predictionsOf(await post(port, '/v1/predict?top_k=1000', CAT));
  const sum = predictions.reduce((total, { probability }) => total + probability, 0);
  t.ok(Math.abs(sum - 1) < 0.001, `${sum}`);
});

t.test('the int8 version answers under its number and its label, and is named in the answer', async (t) => {
  await until(async () => (await post(port, `${MODEL}/versions/2/predict`, CAT)).status === 200);
  for (const version of ['2', 'int8']) {
    const response = await post(port, `${MODEL}/versions/${version}/predict`, CAT);
    t.match(jsonOf(response), { model: { version: '2' } });
    t.same(classesOf(predictionsOf(response))[0], classesOf(referenceOf('cat.jpg', '2'))[0]);
    t.ok(deviation(predictionsOf(response), referenceOf('cat.jpg', '2')) <= TURBO);
  }
});

type Results = { results: ({ predictions: Prediction[] } | { error: string; code: string })[] };

t.test('of several images each has its own result, in the order of the request', async (t) => {
  const names = PHOTOGRAPHS.toReversed();
  const images = names.map((name) => photograph(name).toString('base64'));
  const response = await postJson(port, '/v1/predict', { images, top_k: 1 });
  const firsts = jsonOf<{ results: { predictions: Prediction[] }[] }>(response).results.map(
    ({ predictions }) => predictions[0]?.label,
  );
  t.strictSame(
    firsts,
    names.map((name) => referenceOf(name)[0]?.label),
  );
});

t.test('one bad image among several fails alone', async (t) => {
  const fields = [
    { name: 'files', filename: 'cat.jpg', data: CAT },
    { name: 'files', filename: 'cut.jpg', data: COFFEE.subarray(0, 30_000) },
    { name: 'files', filename: 'note.txt', data: 'This is no image.' },
    { name: 'files', filename: 'coffee.jpg', data: COFFEE },
  ];
  const response = await post(port, '/v1/predict', form(fields), { 'content-type': FORM_TYPE });
  t.equal(response.status, 200);
  t.match(jsonOf<Results>(response).results, [
    { predictions: [{ label: 'tiger cat' }] },
    { code: 'IMAGE_TRUNCATED', error: String },
    { code: 'NOT_AN_IMAGE', error: String },
    { predictions: [{ label: 'espresso' }] },
  ]);
});

t.test('when every one of several images is bad, the answer has the status of the first', async (t) => {
  const images = [COFFEE.subarray(0, 30_000), Buffer.from('GIF89a....')].map((each) =>
    each.toString('base64'),
  );
  const response = await postJson(port, '/v1/predict', { images });
  t.equal(response.status, 400);
  t.match(jsonOf(response), { code: 'IMAGE_TRUNCATED' });
});

t.test('a field in the plural gets a list, even for one image', async (t) => {
  const body = form([{ name: 'images', filename: 'a', data: CAT }]);
  const response = await post(port, '/v1/predict', body, { 'content-type': FORM_TYPE });
  t.equal(jsonOf<Results>(response).results.length, 1);
});

t.test('images in a shared batch get the same answers as alone', async (t) => {
  const workerFile = new URL('../support/batching-worker.ts', import.meta.url);
  const { port } = await startServer(t, { options: { workers: 2 }, workerFile });
  const alone = new Map<string, Prediction[]>();
  for (const name of PHOTOGRAPHS) {
    alone.set(name, predictionsOf(await post(port, '/v1/predict', photograph(name))));
  }
  const names = Array.from({ length: 32 }, (_, i) => PHOTOGRAPHS[i % PHOTOGRAPHS.length]!);
  const responses = await Promise.all(names.map((name) => post(port, '/v1/predict', photograph(name))));
  const sizes = new Set(responses.map((each) => jsonOf<{ batch: { size: number } }>(each).batch.size));
  t.ok(Math.max(...sizes) > 1, 'some shared a batch');
  for (const [i, name] of names.entries()) {
    const together = predictionsOf(responses[i]!);
    t.strictSame(classesOf(together)[0], classesOf(alone.get(name)!)[0], name);
    t.ok(deviation(together, alone.get(name)!) < 1e-4, name);
  }
});

t.test('an image larger than a slot of a worker is sent alone, and gets the same answer', async (t) => {
  const small = plain([200, 30, 60], 1300);
  const large = plain([200, 30, 60], 1300, 0);
  t.ok(large.length > 5_000_000);
  const [first, second] = await Promise.all([small, large].map((body) => post(port, '/v1/predict', body)));
  t.strictSame(predictionsOf(second!), predictionsOf(first!));
});

t.test('the model is described as it was loaded', async (t) => {
  t.match(jsonOf(await get(port, MODEL)), {
    name: 'efficientnet-lite0',
    default_version: '1',
    versions: [
      { version: '1', labels: ['stable'], state: 'ready', takes: 'images', provider: 'cpu' },
      { version: '2', labels: ['int8'], state: 'ready' },
    ],
  });
});
