import t from 'tap';
import { rowsOf } from '../../../src/serving/control/index-rows.ts';
import { Catalogue } from '../../../src/serving/catalogue.ts';
import { ModelVersion, UNKNOWN_VERSION } from '../../../src/serving/model-version.ts';
import { classifier, lateClassifier, version } from '../../http/fixtures/stages.ts';
import { lookOf, modelOf, unreadable } from './looks.ts';

t.test('every state of a version has a row', async (t) => {
  const catalogue = new Catalogue();
  const broken = version('broken', undefined);
  broken.unavailable('It is cut off.');
  const refused = classifier();
  refused.refusal = 'Its labels do not fit.';
  const loading = version('loading', undefined);
  loading.loading();
  for (const one of [broken, refused, loading, version('waiting', undefined)]) catalogue.add(one, '1');
  t.strictSame(rowsOf({ catalogue, leaving: [] }, lookOf()), [
    { name: 'broken', version: '1', state: 'UNAVAILABLE', reason: 'It is cut off.' },
    { name: 'classifier', version: '1', state: 'READY', reason: 'Its labels do not fit.' },
    { name: 'loading', version: '1', state: 'LOADING', reason: '' },
    { name: 'waiting', version: '1', state: 'LOADING', reason: '' },
  ]);
});

t.test('a version that is being unloaded has a row, unless another one has its number', async (t) => {
  const catalogue = new Catalogue();
  const [old, gone] = [version('m', undefined), version('gone', undefined)];
  catalogue.add(version('m', undefined), '1');
  const rows = rowsOf({ catalogue, leaving: [old, gone] }, lookOf());
  t.strictSame(
    rows.map(({ name, state }) => [name, state]),
    [
      ['gone', 'UNLOADING'],
      ['m', 'LOADING'],
    ],
  );
});

t.test('a model that is not loaded has a row without a version', async (t) => {
  const catalogue = new Catalogue();
  const look = lookOf(modelOf({ name: 'left', versions: { 1: 'a' } }), unreadable('No version.', 'bad'));
  t.strictSame(rowsOf({ catalogue, leaving: [] }, look), [
    { name: 'bad', state: 'UNAVAILABLE', reason: 'No version.' },
    { name: 'left', state: 'UNAVAILABLE', reason: 'not loaded' },
  ]);
});

t.test('a model whose folder cannot be read has a row without a version', async (t) => {
  const catalogue = new Catalogue();
  const unknown = new ModelVersion({ ...version('m', undefined).settings, version: UNKNOWN_VERSION });
  unknown.unavailable('No version.');
  catalogue.add(unknown, UNKNOWN_VERSION);
  t.strictSame(rowsOf({ catalogue, leaving: [] }, lookOf(unreadable('No version.'))), [
    { name: 'm', state: 'UNAVAILABLE', reason: 'No version.' },
  ]);
});

t.test('a version that is loaded when it is asked for is ready', async (t) => {
  const catalogue = new Catalogue();
  catalogue.add(lateClassifier(), '1');
  t.match(rowsOf({ catalogue, leaving: [] }, lookOf()), [{ state: 'READY', reason: '' }]);
});
