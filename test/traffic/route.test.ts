import t from 'tap';
import { Catalogue } from '../../src/serving/catalogue.ts';
import { ModelVersion, UNKNOWN_VERSION } from '../../src/serving/model-version.ts';
import { fakeQueue } from '../support/fake-queue.ts';
import { route } from '../../src/traffic/route.ts';

const version = (
  name: string,
  number: string,
  versionLabels: string[] = [],
  onDemand = false,
): ModelVersion =>
  new ModelVersion({
    name,
    version: number,
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    classifies: false,
    softmax: false,
    onDemand,
    versionLabels,
    sloMs: 200,
  });

/** A model of two versions, and one whose folder could not be read. */
function setup() {
  const catalogue = new Catalogue();
  const [one, two] = [version('m', '1', ['stable']), version('m', '2', ['int8', 'next'])];
  const unreadable = version('broken', UNKNOWN_VERSION);
  for (const each of [one, two]) catalogue.add(each, '1');
  catalogue.add(unreadable, UNKNOWN_VERSION);
  return { catalogue, one, two, unreadable };
}

const READY = { provider: 'cpu', inputs: [], outputs: [], maxBatchSize: 1, joins: { rows: true } };

t.test('a version is found by its number, by each of its labels, or because it is the default', async (t) => {
  const { catalogue, one, two } = setup();
  t.strictSame(route(catalogue, 'm', '2'), { version: two, reason: 'pinned' });
  t.strictSame(route(catalogue, 'm', 'int8'), { version: two, reason: 'label' });
  t.equal(route(catalogue, 'm', 'next').version, two);
  t.equal(route(catalogue, 'm', 'stable').version, one);
  t.strictSame(route(catalogue, 'm'), { version: one, reason: 'default' });
});

t.test('the split decides for requests that name no version', async (t) => {
  const { catalogue, two } = setup();
  two.ready(READY, fakeQueue());
  const split = (): string => 'int8';
  t.strictSame(route(catalogue, 'm', undefined, split), { version: two, reason: 'split' });
  t.equal(route(catalogue, 'm', '1', split).reason, 'pinned');
  t.equal(route(catalogue, 'm', undefined, () => undefined).reason, 'default');
});

t.test('the default stands in for a version of the split that is not ready, or is gone', async (t) => {
  const { catalogue, one } = setup();
  t.strictSame(
    route(catalogue, 'm', undefined, () => '2'),
    { version: one, reason: 'fallback' },
  );
  t.strictSame(
    route(catalogue, 'm', undefined, () => '9'),
    { version: one, reason: 'fallback' },
  );
});

t.test('a model or a version that is not there is named', async (t) => {
  const { catalogue } = setup();
  t.throws(() => route(catalogue, 'nope'), { code: 'MODEL_NOT_FOUND', message: 'There is no model nope.' });
  t.throws(() => route(catalogue, 'm', '3'), {
    code: 'MODEL_NOT_FOUND',
    message: 'Model m has no version 3.',
  });
});

t.test('a model that could not be read is found for any version', async (t) => {
  const { catalogue, unreadable } = setup();
  t.equal(route(catalogue, 'broken').version, unreadable);
  t.equal(route(catalogue, 'broken', '7').version, unreadable);
});

t.test('a version of the split that is loaded on demand is not passed over', async (t) => {
  const { catalogue } = setup();
  const three = version('m', '3', [], true);
  three.offer();
  catalogue.add(three, '1');
  t.strictSame(
    route(catalogue, 'm', undefined, () => '3'),
    { version: three, reason: 'split' },
  );
  three.unavailable('It is cut off.');
  t.equal(route(catalogue, 'm', undefined, () => '3').reason, 'fallback');
});
