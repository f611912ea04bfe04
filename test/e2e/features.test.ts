/** A model whose input is filled from a feature store: from the body to the answer, with a store that works and one that does not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import type { FeaturesConfig } from '../../src/repository/model-json/features.ts';
import { featureStore, likeFeast, type StoreUnderTest } from '../features/fixtures/store.ts';
import { send } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, type Running } from '../support/start-server.ts';
import { add } from '../support/tiny-models.ts';

/** sum = a + b: a is filled, b is given. */
const FEATURES: FeaturesConfig = {
  store: 'feast',
  entities: { driver_id: 'int64' },
  features: { a: ['driver:rate', 'driver:trips', 'driver:rate'] },
  // Longer than a busy machine needs; where a store does not answer, tests set less.
  timeoutMs: 20_000,
};
const PATH = '/v1/models/sum/predict';

interface Answer {
  readonly outputs?: { readonly sum: readonly (readonly number[])[] };
  readonly defaulted_features?: readonly unknown[];
  readonly code?: string;
  readonly error?: string;
}

async function serverOf(
  t: Test,
  features: FeaturesConfig,
  options: Partial<Config> = {},
  file?: object,
): Promise<Running> {
  const model = add();
  const models = modelRepository(t, { sum: { ...model, config: { ...model.config, features } } });
  if (file !== undefined) writeFileSync(join(models, 'sum', 'features.json'), JSON.stringify(file));
  return startServer(t, { models, options: { defaultModel: 'sum', ...options } });
}

async function ask(port: number, body: object, headers: Record<string, string> = {}) {
  const answer = await send(port, {
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  });
  return { ...answer, json: JSON.parse(answer.body.toString()) as Answer };
}

const withStore = async (t: Test, changed: Partial<FeaturesConfig> = {}, options: Partial<Config> = {}) => {
  const store = await featureStore(t);
  const running = await serverOf(t, { ...FEATURES, ...changed }, { featureStores: [store.url], ...options });
  return { store, ...running };
};

const request = (...ids: readonly number[]) => ({
  entities: { driver_id: ids },
  inputs: { b: ids.map(() => [1, 2, 3]) },
});

const metric = async (port: number, name: string): Promise<string[]> => {
  const { body } = await send(port, { path: '/metrics' });
  return body
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(name));
};

t.test('features fill the input, beside what the request gives', async (t) => {
  const { store, port } = await withStore(t, {}, { featureStoreToken: 'secret' });
  const { status, json, headers } = await ask(port, request(1, 2));
  t.equal(status, 200);
  t.strictSame(json.outputs?.sum, [
    [101, 103, 103],
    [201, 203, 203],
  ]);
  t.strictSame(json.defaulted_features, []);
  t.notOk(headers.get('x-defaulted-features'));
  t.strictSame(store.asked, [
    { features: ['driver:rate', 'driver:trips'], entities: { driver_id: [1, 2] }, full_feature_names: true },
  ]);
  t.match(store.heads[0], { authorization: 'Bearer secret', 'content-type': 'application/json' });
  await ask(port, request(3));
  t.equal(store.connections(), 1, 'the connection is kept');
  t.match(await metric(port, 'ortolan_feature_calls_total'), [/outcome="ok"\} 2/]);
  t.match(await metric(port, 'ortolan_feature_age_seconds'), [/driver:rate/, /driver:trips/]);
});

t.test('a feature service is asked by its name', async (t) => {
  const { store, port } = await withStore(t, { service: 'activity' });
  t.equal((await ask(port, request(1))).status, 200);
  t.match(store.asked, [{ feature_service: 'activity', features: undefined }]);
});

t.test(
  'a hundred requests at the same time are a handful of calls, and each gets its own rows',
  async (t) => {
    const { store, port } = await withStore(t);
    const answers = await Promise.all(Array.from({ length: 100 }, (_, id) => ask(port, request(id))));
    for (const [id, { json }] of answers.entries()) t.equal(json.outputs?.sum[0]?.[0], id * 100 + 1);
    t.ok(store.asked.length < 50, `${store.asked.length} calls`);
  },
);

t.test('a row that the store does not know is refused, or gets the default and says so', async (t) => {
  const { port } = await withStore(t);
  t.match(await ask(port, request(1, 1000)), {
    status: 422,
    json: { code: 'FEATURES_MISSING', error: /driver:rate has no value for row 1/ },
  });
  t.match(await metric(port, 'ortolan_feature_refusals_total'), [/FEATURES_MISSING"\} 1/]);

  const other = await withStore(t, { defaults: { 'driver:rate': -1, 'driver:trips': -2 } });
  const { status, json, headers } = await ask(other.port, request(1, 1000));
  t.equal(status, 200);
  t.strictSame(json.outputs?.sum[1], [0, 0, 2]);
  t.strictSame(json.defaulted_features, [
    { feature: 'driver:rate', reason: 'missing', rows: [1] },
    { feature: 'driver:trips', reason: 'missing', rows: [1] },
  ]);
  t.equal(headers.get('x-defaulted-features'), 'driver:rate, driver:trips');
  const raw = await send(other.port, {
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'application/json', accept: 'application/octet-stream' },
    body: Buffer.from(JSON.stringify(request(1000))),
  });
  t.equal(raw.headers.get('x-defaulted-features'), 'driver:rate, driver:trips', 'also beside raw elements');
});

t.test('values that are too old count as missing', async (t) => {
  const { port } = await withStore(t, { maxAgeS: 1 });
  t.match((await ask(port, request(1))).json, { code: 'FEATURES_MISSING', error: /too old/ });
});

/** Whether the store is down, slow or talks nonsense: the same for a client. */
const FAULTS: Readonly<Record<string, StoreUnderTest['answer']>> = {
  'does not answer': () => undefined,
  'closes the connection': (_, response) => void response.destroy(),
  'answers with an error': (_, response) =>
    void response.writeHead(500).end('{"detail":"driver_id 1 is wrong"}'),
  'does not know the features': (_, response) => void response.writeHead(404).end('no'),
  'redirects to another address': (_, response) =>
    void response.writeHead(307, { location: 'http://169.254.169.254/latest' }).end(),
  'answers with a page': (_, response) => void response.end('<html>'),
  'answers with fewer rows': (_, response) =>
    void response.end('{"metadata":{"feature_names":["driver__rate"]},"results":[{"values":[]}]}'),
  'never ends its answer': (_, response) => void response.write('{'),
};

t.test('a store that fails is a 503 without its words; with defaults the answer is 200', async (t) => {
  const { store, port } = await withStore(t, { timeoutMs: 1000 });
  for (const [name, answer] of Object.entries(FAULTS)) {
    store.answer = answer;
    const { status, json, headers } = await ask(port, request(1));
    t.match({ status, code: json.code }, { status: 503, code: 'FEATURES_UNAVAILABLE' }, name);
    t.ok(headers.get('retry-after'), name);
    t.notMatch(JSON.stringify(json), /127\.0\.0\.1|driver_id|html/, name);
    store.answer = likeFeast;
    t.equal((await ask(port, request(1))).status, 200, `after one that ${name}`);
  }
  const defaults = { 'driver:rate': 5, 'driver:trips': 6 };
  const other = await withStore(t, { timeoutMs: 1000, defaults });
  other.store.answer = FAULTS['answers with a page']!;
  const { json } = await ask(other.port, request(1));
  t.strictSame(json.outputs?.sum, [[6, 8, 8]]);
  t.match(json.defaulted_features, [{ reason: 'unavailable' }, { reason: 'unavailable' }]);
});

t.test('an answer without end is cut off', async (t) => {
  const { store, port } = await withStore(t);
  store.answer = (_, response) => void response.end(Buffer.alloc(5 * 1024 * 1024, ' '));
  t.match((await ask(port, request(1))).json, { code: 'FEATURES_UNAVAILABLE' });
});

t.test(
  'a store that is down is left alone after five failures, and the log and a series say so',
  async (t) => {
    const { store, port, log } = await withStore(t);
    store.answer = FAULTS['answers with a page']!;
    for (let call = 0; call < 7; call++) await ask(port, request(call));
    t.equal(store.asked.length, 5);
    t.match(await metric(port, 'ortolan_feature_breaker_open'), [/\} 1$/]);
    t.match(
      log.filter(({ message }) => message === 'feature store is not asked for a while'),
      [{ model: 'sum', version: '1', reason: /no JSON/ }],
    );
  },
);

t.test('bad keys never reach the store', async (t) => {
  const { store, port } = await withStore(t);
  for (const id of ['1', 1.5, null, [1]])
    t.match((await ask(port, { entities: { driver_id: [id] }, inputs: { b: [[1, 2, 3]] } })).json, {
      code: 'BAD_FIELD',
    });
  t.equal(store.asked.length, 0);
  t.equal((await ask(port, { inputs: { a: [[1, 1, 1]], b: [[1, 2, 3]] } })).status, 200, 'nor do inputs');
  t.equal(store.asked.length, 0);
});

t.test('a model whose store the operator has not listed is not loaded', async (t) => {
  const store = await featureStore(t);
  const running = serverOf(t, { ...FEATURES, url: store.url }, { featureStores: ['http://127.0.0.1:9'] });
  await t.rejects(running, { message: /which the operator has not allowed.*featureStores/ });
});

t.test('a file beside model.json is a store of its own, or what is taken before the defaults', async (t) => {
  const at = new Date().toISOString();
  const file = {
    rows: [{ entities: { driver_id: 1 }, at, values: { 'driver:rate': 7, 'driver:trips': 8 } }],
  };
  const { port } = await serverOf(
    t,
    { ...FEATURES, store: 'file', file: 'features.json', maxAgeS: 3600 },
    {},
    file,
  );
  t.match((await ask(port, request(1))).json, { outputs: { sum: [[8, 10, 10]] }, defaulted_features: [] });
  t.match((await ask(port, request(2))).json, { code: 'FEATURES_MISSING' });

  const store = await featureStore(t);
  const options = { featureStores: [store.url] };
  const both = await serverOf(t, { ...FEATURES, file: 'features.json' }, options, file);
  store.answer = FAULTS['answers with a page']!;
  const { json } = await ask(both.port, request(1));
  t.strictSame(json.outputs?.sum, [[8, 10, 10]]);
  t.match(json.defaulted_features, [{ reason: 'unavailable' }, { reason: 'unavailable' }]);
});

t.test('/v2 takes the tensors themselves', async (t) => {
  const { store, port } = await withStore(t);
  const tensor = (name: string) => ({ name, datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] });
  const infer = async (...names: readonly string[]) => {
    const { body } = await send(port, {
      method: 'POST',
      path: '/v2/models/sum/infer',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ inputs: names.map(tensor) })),
    });
    return JSON.parse(body.toString()) as object;
  };
  t.match(await infer('a', 'b'), { outputs: [{ data: [2, 4, 6] }] });
  t.match(await infer('b'), { error: /The input a is missing/ });
  t.equal(store.asked.length, 0);
});
