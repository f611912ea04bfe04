/** What is refused before Python is asked for; the rest is in test/learn/. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { floats, int64s, npz } from '../../../support/npz.ts';
import { affine } from '../../../support/tiny-models.ts';
import { command } from '../../command.ts';

function net(t: Test) {
  const root = t.testdir({ models: { net: { 1: { 'model.onnx': affine().file } } } });
  const rows = (n: number) => ({ x: floats([n, 4], Array.from({ length: n * 4 }, (_, index) => index)) });
  writeFileSync(join(root, 'many.npz'), npz(rows(2000)));
  writeFileSync(join(root, 'few.npz'), npz(rows(20)));
  writeFileSync(join(root, 'labelled.npz'), npz({ ...rows(60), y: int64s(Array.from({ length: 60 }, () => 0)) }));
  const compress = (...args: readonly string[]) =>
    command(['models', 'compress', 'net', '--models', 'models', ...args], root);
  return { compress, left: () => readdirSync(join(root, 'models/net')) };
}

t.test('forms that are known elsewhere are refused with the reason', async (t) => {
  const { compress } = net(t);
  const dynamic = await compress('--dynamic', '--data', 'many.npz');
  t.equal(dynamic.code, 2);
  t.match(dynamic.err, /Dynamic quantisation is not made: .*convolution nets lose accuracy/);
  const weights = await compress('--weight-only', '--data', 'many.npz');
  t.equal(weights.code, 2);
  t.match(weights.err, /Weight-only quantisation is not made: .*gets no faster/);
});

t.test('what cannot succeed is refused before anything long begins', async (t) => {
  const { compress, left } = net(t);
  for (const [code, sentence, ...args] of [
    [2, /Say what to do: --int8 or --prune/, '--data', 'many.npz'],
    [2, /One at a time/, '--int8', '--prune', '0.5', '--data', 'many.npz'],
    [2, /net takes rows: name a file/, '--int8'],
    [2, /between 0 and 1/, '--data', 'many.npz', '--prune', '1'],
    [2, /no version 7 of net/, '--int8', '--from', '7', '--data', 'many.npz'],
    [1, /held-out examples, .* are needed for these limits\. Give more/, '--int8', '--data', 'few.npz'],
    [1, /No number of examples can show/, '--int8', '--data', 'many.npz', '--min-agreement', '1'],
    [1, /0 examples to calibrate with: 8 are the least/, '--int8', '--data', 'many.npz', '--held-out', 'many.npz'],
    [2, /Pruning trains what is left, and needs the right answers/, '--data', 'many.npz', '--prune'],
    [1, /examples to train with: 100 are the least/, '--data', 'labelled.npz', '--prune'],
  ] as const) {
    const ended = await compress(...args);
    t.equal(ended.code, code, ended.err);
    t.match(ended.err, sentence);
  }
  t.same(left(), ['1'], 'nothing is left behind');
});
