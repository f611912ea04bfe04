import t from 'tap';
import { featuresFaults, featuresMisfit } from '../../src/repository/features-faults.ts';
import { storeAddress } from '../../src/repository/feature-store.ts';
import { configFaults } from '../../src/repository/model-config.ts';
import type { FeaturesConfig } from '../../src/repository/model-json/features.ts';
import type { Datatype, RowSpec } from '../../src/tensor/tensor.ts';

const good: FeaturesConfig = {
  store: 'feast',
  entities: { driver_id: 'int64' },
  features: { x: ['driver:rate', 'driver:trips'] },
  defaults: { 'driver:rate': 0.5 },
};
const row = (datatype: Datatype, ...shape: readonly number[]): RowSpec => ({ name: 'x', datatype, shape });
const faults = (changed: Partial<FeaturesConfig>, images = false) =>
  featuresFaults({ ...good, ...changed }, images);
const misfit = (spec: RowSpec, changed: Partial<FeaturesConfig> = {}) =>
  featuresMisfit({ ...good, ...changed }, [spec]);

t.test('features that agree with themselves and the inputs have no fault', async (t) => {
  t.strictSame(faults({}), []);
  t.strictSame(featuresFaults(undefined, true), []);
  for (const spec of [row('FP32', 2), row('FP64', 1, 2), row('FP32', -1)]) t.equal(misfit(spec), undefined);
  t.equal(featuresMisfit(undefined, []), undefined);
});

t.test('what does not go together is named by its place', async (t) => {
  t.match(faults({}, true), [/rows.*images/]);
  t.match(faults({ defaults: { 'driver:speed': 1 } }), [/^\/features\/defaults\/driver:speed/]);
  t.match(faults({ store: 'file' }), [/^\/features\/file is missing/]);
  t.match(faults({ store: 'file', file: 'f.json', url: 'http://a', service: 's' }), [/url/, /service/]);
  const many = Array.from({ length: 1001 }, (_, index) => `v:f${index}`);
  t.match(faults({ features: { x: many.slice(0, 600), y: many.slice(600) }, defaults: {} }), [
    /1001 features/,
  ]);
});

t.test('features that do not fill an input are refused when the model is loaded', async (t) => {
  t.match(misfit({ ...row('FP32', 2), name: 'y' }), /x is no input of the model; it has y/);
  t.match(misfit(row('FP32', 3)), /has 2 features, but a row of the input has 3 elements/);
  t.match(misfit(row('FP32')), /has 2 features, but a row of the input has 1 elements/);
  t.match(misfit(row('FP32', -1, 2)), /declare the input/);
  t.match(misfit(row('FP16', 2)), /no values in JSON/);
  t.match(misfit(row('INT64', 2)), /defaults\/driver:rate/);
});

t.test('model.json says where its features are wrong', async (t) => {
  const of = (features: unknown) => configFaults({ features });
  t.strictSame(of(good), []);
  t.match(of({ ...good, store: 'redis' }), [/^\/features\/store/]);
  t.match(of({ ...good, entities: {} }), [/^\/features\/entities/]);
  t.match(of({ ...good, entities: { id: 'float' } }), [/^\/features\/entities\/id/]);
  t.match(of({ ...good, features: { x: ['rate'] } }), [/^\/features\/features\/x\/0/]);
  t.match(of({ ...good, url: 'ftp://a' }), [/^\/features\/url/]);
  t.match(of({ ...good, url: 'http://user:secret@feast' }), [/^\/features\/url/]);
  t.match(of({ ...good, timeoutMs: 0 }), [/^\/features\/timeoutMs/]);
  t.match(of({ ...good, timeout: 5 }), [/timeout is an unknown field \(did you mean timeoutMs/]);
});

t.test('a store is asked at an address of the operator, and nowhere else', async (t) => {
  const address = (url: string | undefined, ...listed: readonly string[]) => {
    const found = storeAddress({ ...good, ...(url !== undefined && { url }) }, listed);
    return found instanceof URL ? found.href : found;
  };
  t.equal(address('http://feast:6566', 'http://feast:6566/'), 'http://feast:6566/');
  t.equal(address(undefined, 'https://a.b/path'), 'https://a.b/path/');
  t.match(address('http://feast:6566'), /which the operator has not allowed.*featureStores/);
  t.match(address('http://169.254.169.254/latest', 'http://feast:6566'), /not allowed/);
  t.match(address('http://feast:6566/other', 'http://feast:6566'), /not allowed/);
  t.match(address(undefined), /no feature store is listed/);
  t.match(address(undefined, 'http://a', 'http://b'), /several/);
  t.equal(storeAddress({ ...good, store: 'file' }, []), undefined);
});
