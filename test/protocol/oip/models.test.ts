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
