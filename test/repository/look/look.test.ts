import { renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fingerprintOf, lookAt } from '../../../src/repository/look/look.ts';

const folder = {
  net: {
    1: { 'model.onnx': 'one' },
    2: { 'model.onnx': 'two', 'model.onnx.data': 'w' },
    golden: { 'one.json': '' },
    'model.json': '{}',
  },
  bad: { 1: { 'model.onnx': 'one' }, 'model.json': '{' },
};

const printOf = async (root: string, name = 'net'): Promise<string> =>
  fingerprintOf((await lookAt(root)).models.get(name));

t.test('every model is looked at, those that cannot be served with the reason', async (t) => {
  const { models } = await lookAt(t.testdir(folder));
  t.strictSame([...models.keys()].sort(), ['bad', 'net']);
  t.match(models.get('net'), { entry: { name: 'net' }, reason: undefined });
  t.match(models.get('bad'), { entry: undefined, reason: /is not valid JSON/ });
  t.strictSame([...models.get('net')!.stamps.keys()], ['1', '2']);
});

t.test('a look at what has not changed has the same fingerprint', async (t) => {
  const root = t.testdir(folder);
  t.equal(await printOf(root), await printOf(root));
  t.not(await printOf(root), await printOf(root, 'bad'));
});

for (const [what, change] of [
  ['a file of the same size', (net: string) => writeFileSync(join(net, '1/model.onnx'), 'eno')],
  ['weights beside it', (net: string) => writeFileSync(join(net, '2/model.onnx.data'), 'v')],
  ['a file that is being copied', (net: string) => writeFileSync(join(net, '2/.model.onnx.x1'), '')],
  ['a file that has gone', (net: string) => rmSync(join(net, '1/model.onnx'))],
  ['a version that has gone', (net: string) => rmSync(join(net, '1'), { recursive: true })],
  ['a golden sample', (net: string) => writeFileSync(join(net, 'golden/one.json'), '{}')],
  ['model.json', (net: string) => writeFileSync(join(net, 'model.json'), '{"maxBatchSize": 4}')],
] as const) {
  t.test(`the fingerprint tells ${what}`, async (t) => {
    const root = t.testdir(folder);
    const before = await printOf(root);
    change(join(root, 'net'));
    t.not(await printOf(root), before);
  });
}

t.test('a file that was put back with its old date is seen', async (t) => {
  const root = t.testdir(folder);
  const file = join(root, 'net/1/model.onnx');
  const date = new Date(0);
  utimesSync(file, date, date);
  const before = await printOf(root);
  writeFileSync(file, 'eno');
  utimesSync(file, date, date);
  t.not(await printOf(root), before);
});

t.test('a link that leads to other files is seen', async (t) => {
  const root = t.testdir({ ...folder, '.files': { a: { 'model.onnx': 'a' }, b: { 'model.onnx': 'a' } } });
  const link = join(root, 'net/3');
  symlinkSync('../.files/a', link);
  const before = await printOf(root);
  symlinkSync('../.files/b', `${link}.new`);
  renameSync(`${link}.new`, link);
  t.not(await printOf(root), before);
});

t.test('a model that is not there has a fingerprint of its own', async (t) => {
  t.equal(await printOf(t.testdir(folder), 'nope'), '');
});
