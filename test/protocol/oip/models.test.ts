import t from 'tap';
import {
  ModelMetadata,
  modelMetadataRoute,
  ModelNames,
  modelNamesRoute,
  ModelReady,
  modelReadyRoute,
  versionMetadataRoute,
  versionReadyRoute,
} from '../../../src/protocol/oip/models.ts';
import { fits } from '../conformance.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { settled } from '../../support/fake-clock.ts';
import { found, makeReady } from '../../serving/memory/versions.ts';
import { answered, partsOf } from './fixtures.ts';

const { parts } = partsOf();

t.test('all models are listed by name, ready or not', async (t) => {
  const { body } = answered(modelNamesRoute.handle, parts);
  fits(t, ModelNames, JSON.stringify(body));
  t.strictSame(body, { models: ['iris', 'late'] });
});

t.test('a model tells its tensors with their whole shapes, and the versions that are ready', async (t) => {
  const { status, body } = answered(modelMetadataRoute.handle, parts, 'iris');
  t.equal(status, '200 OK');
  fits(t, ModelMetadata, JSON.stringify(body));
  t.strictSame(body, {
    name: 'iris',
    versions: ['1', '2'],
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
  });
});

t.test('a version is found by its number and by a label', async (t) => {
  for (const version of ['2', 'new']) {
    t.equal(answered(versionMetadataRoute.handle, parts, 'iris', version).status, '200 OK');
    const { body } = answered(versionReadyRoute.handle, parts, 'iris', version);
    t.strictSame(body, { name: 'iris', version: '2', ready: true });
  }
});

t.test('the metadata of a model that is not loaded is refused with a reason', async (t) => {
  const { status, body } = answered(modelMetadataRoute.handle, parts, 'late');
  t.equal(status, '503 Service Unavailable');
  t.match(body, { error: /not loaded/, code: 'MODEL_LOADING', retryable: true });
  const { parts: failed, catalogue } = partsOf();
  catalogue.model('late')!.versions[0]!.unavailable('The file is not a model.');
  const broken = answered(modelMetadataRoute.handle, failed, 'late').body;
  t.match(broken, { error: /The file is not a model/, code: 'MODEL_UNAVAILABLE', retryable: false });
});

t.test('readiness of a model is 503 until it is loaded', async (t) => {
  t.strictSame(answered(modelReadyRoute.handle, parts, 'iris').status, '200 OK');
  const { status, body } = answered(modelReadyRoute.handle, parts, 'late');
  t.equal(status, '503 Service Unavailable');
  fits(t, ModelReady, JSON.stringify(body));
  t.strictSame(body, { name: 'late', version: '1', ready: false });
});

for (const [name, version] of [
  ['nope', undefined],
  ['../iris', undefined],
  ['iris\0', undefined],
  ['iris', '3'],
  ['iris', '..'],
  ['__proto__', undefined],
] as const) {
  t.test(`the model ${JSON.stringify(name)} version ${version} is not found`, async (t) => {
    const path = version === undefined ? [name] : [name, version];
    for (const { handle } of [modelMetadataRoute, modelReadyRoute]) {
      const { status, body } = answered(handle, parts, ...path);
      t.equal(status, '404 Not Found');
      t.match(body, { code: 'MODEL_NOT_FOUND' });
    }
  });
}

/** The model m, which is loaded when it is asked for; `asked`: how often it was. */
function onDemand() {
  const { parts: given, catalogue } = partsOf();
  const version = found('m');
  catalogue.add(version, '1');
  let asked = 0;
  const wanted = (): boolean => {
    asked++;
    return version.state !== 'unavailable';
  };
  return { parts: { ...given, oip: { ...given.oip, wanted } }, version, asked: () => asked };
}

t.test('a model that is loaded when it is asked for is ready, and stays unloaded', async (t) => {
  const { parts: own, version, asked } = onDemand();
  const { status, body } = answered(modelReadyRoute.handle, own, 'm');
  t.equal(status, '200 OK');
  t.strictSame(body, { name: 'm', version: '1', ready: true });
  t.equal(asked(), 0);
  version.unavailable('It is cut off.');
  t.equal(answered(modelReadyRoute.handle, own, 'm').status, '503 Service Unavailable');
});

t.test('its metadata has it loaded once, and is known from then on', async (t) => {
  const { parts: own, version, asked } = onDemand();
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['m'] });
  void modelMetadataRoute.handle(exchange, own);
  await settled();
  t.notOk(exchange.ended);
  t.equal(version.leases, 0, 'it does not keep others in memory');
  makeReady(version);
  await settled();
  t.match(JSON.parse(response.body!), { name: 'm', versions: ['1'], inputs: [], outputs: [] });
  t.equal(version.leases, 0);
  version.leaves();
  version.left();
  t.equal(answered(modelMetadataRoute.handle, own, 'm').status, '200 OK');
  t.equal(asked(), 1);
});

t.test('a client that asks for metadata and leaves is forgotten', async (t) => {
  const { parts: own, version } = onDemand();
  const { exchange, response } = exchangeOf([], {}, 'GET', { parameters: ['m'] });
  void modelMetadataRoute.handle(exchange, own);
  response.abort();
  makeReady(version);
  await settled();
  t.equal(version.leases, 0);
});
