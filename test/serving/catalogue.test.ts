import t from 'tap';
import { Catalogue } from '../../src/serving/catalogue.ts';
import { ModelVersion } from '../../src/serving/model-version.ts';

const version = (name: string, number: string): ModelVersion =>
  new ModelVersion({
    name,
    version: number,
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    classifies: false,
    softmax: false,
    onDemand: false,
    versionLabels: [],
    sloMs: 200,
  });

t.test('models and versions are listed in the order in which they were added', async (t) => {
  const catalogue = new Catalogue();
  const added = [version('b', '1'), version('a', '1'), version('b', '2')];
  for (const each of added) catalogue.add(each, '1');
  t.same(
    catalogue.models.map(({ name, versions }) => [name, versions.map((each) => each.version)]),
    [
      ['b', ['1', '2']],
      ['a', ['1']],
    ],
  );
  t.equal(catalogue.model('b')?.defaultVersion, '1');
});

t.test('the version that is added last says which is the default', async (t) => {
  const catalogue = new Catalogue();
  catalogue.add(version('m', '1'), '1');
  catalogue.add(version('m', '2'), '2');
  t.equal(catalogue.model('m')?.defaultVersion, '2');
});

t.test('the versions of a model are replaced in one step, in its place among the others', async (t) => {
  const catalogue = new Catalogue();
  const [one, two, other] = [version('m', '1'), version('m', '2'), version('n', '1')];
  catalogue.add(one, '1');
  catalogue.add(other, '1');
  const before = catalogue.model('m');
  catalogue.replace('m', [two], '2');
  t.same(catalogue.versions, [two, other]);
  t.equal(catalogue.model('m')?.defaultVersion, '2');
  t.same(before?.versions, [one], 'what a request has found does not change under it');
});

t.test('a model without versions is not there', async (t) => {
  const catalogue = new Catalogue();
  catalogue.add(version('m', '1'), '1');
  catalogue.replace('m', [], '');
  t.equal(catalogue.model('m'), undefined);
  t.same(catalogue.models, []);
});
