/** What of an image or an MLflow artifact is a model, and which models are wanted. */
import t from 'tap';
import { mlflowModel } from '../../../src/artifacts/source/mlflow-model.ts';
import { modelIn } from '../../../src/artifacts/source/oci.ts';
import { chosenOf, parseWanted } from '../../../src/artifacts/source/wanted.ts';

const SHA = 'a'.repeat(64);
const PLACE = { repository: 'team/net', reference: 'v1', address: 'oci://r/team/net:v1' };
const layer = (path: unknown, size: unknown = 1, digest: unknown = `sha256:${SHA}`) => ({
  digest,
  size,
  annotations: { 'org.opencontainers.image.title': path },
});

t.test('the layers of an image are the files of a model', async (t) => {
  const layers = [layer('model.json'), layer('1/model.onnx'), layer('2/a/b')];
  const [name, { files, versions }] = modelIn({ layers }, PLACE);
  t.equal(name, 'net');
  t.same(
    files.map(({ path }) => path),
    ['model.json'],
  );
  t.same(
    [...versions].map(([version, own]) => [version, own.files.map(({ path }) => path)]),
    [
      ['1', ['model.onnx']],
      ['2', ['a/b']],
    ],
  );
});

t.test('an image without folders of versions is one version, by its tag', async (t) => {
  const layers = [layer('model.onnx'), layer('model.onnx.data'), layer('labels.txt')];
  const [, { files, versions }] = modelIn({ layers }, { ...PLACE, reference: '7' });
  t.same([files.map(({ path }) => path), [...versions.keys()]], [['labels.txt'], ['7']]);
  t.same([...modelIn({ layers }, PLACE)[1].versions.keys()], ['1']);
});

for (const [what, manifest] of [
  ['no layers', {}],
  ['a path that leads out', { layers: [layer('../1/model.onnx')] }],
  ['a hidden path', { layers: [layer('.artifacts/x'), layer('1/model.onnx')] }],
  ['no title', { layers: [layer(undefined)] }],
  ['no digest', { layers: [layer('1/model.onnx', 1, 'md5:1')] }],
  ['a size that is none', { layers: [layer('1/model.onnx', -1)] }],
  ['a file twice', { layers: [layer('1/model.onnx'), layer('1/model.onnx')] }],
  ['no model', { layers: [layer('README.md')] }],
] as const) {
  t.test(`an image with ${what} is refused`, async (t) => {
    t.throws(() => modelIn(manifest, PLACE), { fault: 'corrupt', message: /./ });
  });
}

t.test('the folder with model.onnx is the model of an MLflow artifact', async (t) => {
  const at = (path: string) => ({ path, bytes: 1, at: `root/${path}` });
  const files = ['model/model.onnx', 'model/w/a.data', 'model/MLmodel', 'model/model.json', 'other/x'].map(
    at,
  );
  const [name, { files: shared, versions }] = mlflowModel(
    'my net!',
    '3',
    'd',
    files,
    'mlflow+http://h/my net!@a',
  );
  t.equal(name, 'my-net-');
  t.same(
    shared.map(({ path }) => path),
    ['model.json'],
  );
  t.same(
    versions.get('3')?.files.map(({ path }) => path),
    ['model.onnx', 'w/a.data'],
  );
  t.throws(() => mlflowModel('net', '1', 'd', [at('x')], 'm'), {
    fault: 'missing',
    message: /no model.onnx/,
  });
  const two = [at('a/model.onnx'), at('b/model.onnx')];
  t.throws(() => mlflowModel('net', '1', 'd', two, 'm'), {
    fault: 'invalid',
    message: /has to have one model/,
  });
});

t.test('models are wanted by name, version and digest', async (t) => {
  const version = (digest: string) => ({ digest, files: [] });
  const two = new Map([
    ['1', version(SHA)],
    ['2', version('b'.repeat(64))],
  ]);
  const offered = new Map([
    ['net', { files: [], versions: two }],
    ['other', { files: [], versions: new Map([['1', version(SHA)]]) }],
  ]);
  const chosen = (...wanted: string[]): unknown =>
    [...chosenOf(offered, wanted.map(parseWanted), 's3://b')].map(([name, { versions }]) => [
      name,
      ...versions.keys(),
    ]);
  t.same(chosen(), [
    ['net', '1', '2'],
    ['other', '1'],
  ]);
  t.same(chosen('net/2', 'net/1'), [['net', '2', '1']]);
  t.same(chosen(`net/1@sha256:${SHA}`), [['net', '1']]);
  t.throws(() => chosen('none'), { fault: 'missing', message: /it has net, other/ });
  t.throws(() => chosen('net/3'), { fault: 'missing', message: /it has 1, 2/ });
  t.throws(() => chosen(`net/2@sha256:${SHA}`), { fault: 'corrupt', message: /is wanted/ });
  t.throws(() => chosen('net@2'), { fault: 'invalid', message: /is no model/ });
});
