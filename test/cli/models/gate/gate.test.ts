/** The whole command: both versions are loaded and run. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseReport } from '../../../../src/repository/report.ts';
import { floats, int64s, npz } from '../../../support/npz.ts';
import { PHOTOS } from '../../../support/start-server.ts';
import { affine, brightness, twoOutputs } from '../../../support/tiny-models.ts';
import { FLOAT, floats as constant, writeModel } from '../../../../tools/onnx/model.ts';
import { command } from '../../command.ts';

// Two versions are loaded by each command, on machines that are busy.
t.setTimeout(0);

const ROWS = 400;
/** Row i has its largest of four values at i % 4. */
const values = Array.from({ length: ROWS * 4 }, (_, index) => (index % 4 === Math.floor(index / 4) % 4 ? 1 : 0));
const classes = Array.from({ length: ROWS }, (_, row) => row % 4);

/** Scores that are those of the affine model times `factors`, for each class. */
const scaled = (...factors: readonly number[]): Buffer =>
  writeModel({
    inputs: [{ name: 'x', type: FLOAT, shape: ['N', 4] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', 4] }],
    nodes: [{ op: 'Mul', inputs: ['x', 'factors'], outputs: ['y'] }],
    constants: [constant('factors', [4], factors)],
  });

/** Version 1 answers rightly, 2 too, 3 never names the class 3; a file of examples beside them. */
function models(t: Test) {
  const folder = t.testdir({
    models: {
      net: {
        1: { 'model.onnx': affine().file },
        2: { 'model.onnx': scaled(1, 1, 1, 1) },
        3: { 'model.onnx': scaled(1, 1, 1, -1) },
        'model.json': '{"defaultVersion": 1}',
      },
    },
  });
  writeFileSync(join(folder, 'rows.npz'), npz({ x: floats([ROWS, 4], values), y: int64s(classes) }));
  writeFileSync(join(folder, 'unlabelled.npz'), npz({ x: floats([ROWS, 4], values) }));
  const gate = (...args: readonly string[]) =>
    command(['models', 'gate', 'net', '--models', join(folder, 'models'), ...args], folder);
  return { folder, gate };
}

t.test('what answers as well passes, with its figures', async (t) => {
  const { folder, gate } = models(t);
  const { code, out, err } = await gate('--challenger', '2', '--data', 'rows.npz', '--report', 'report.json');
  t.equal(code, 0, err);
  t.match(out, /^accuracy +100 % \(400\/400, 99\.05 % to 100 %\) +100 %/m);
  t.match(out, /^ms a row /m);
  t.match(out, /400 held-out rows, one core of/);
  const report = parseReport(readFileSync(join(folder, 'report.json'), 'utf8'));
  t.equal(report?.gate.passed, true);
  t.equal(report?.gate.challenger.version, '2');
  t.ok((report?.gate.champion.msPerRow ?? 0) > 0);
});

t.test('what loses a class is refused with exit code 3, and reported all the same', async (t) => {
  const { folder, gate } = models(t);
  const labelled = await gate('--challenger', '3', '--data', 'rows.npz', '--report', 'report.json', '--json');
  t.equal(labelled.code, 3);
  t.match(labelled.err, /^ortolan: Refused\. The accuracy goes from 100 % to 75 %.*the class 3 \(100 right of 100, then 0\)\./m);
  t.equal(parseReport(labelled.out)?.gate.passed, false);
  t.same(parseReport(readFileSync(join(folder, 'report.json'), 'utf8')), parseReport(labelled.out));
  t.notOk(existsSync(join(folder, 'report.json.part')));
  const unlabelled = await gate('--challenger', '3', '--data', 'unlabelled.npz');
  t.equal(unlabelled.code, 3);
  t.match(unlabelled.err, /It answers as the other in 75 % \(300 of 400\)/);
  t.equal((await gate('--challenger', '3', '--data', 'rows.npz', '--max-drop', '1', '--max-class-drop', '100%')).code, 0);
});

t.test('a file outside of the repository is judged as the model', async (t) => {
  const { folder, gate } = models(t);
  mkdirSync(join(folder, 'trained'));
  writeFileSync(join(folder, 'trained/model.onnx'), scaled(2, 2, 2, 2));
  const { code, out, err } = await gate('--challenger', 'trained/model.onnx', '--data', 'rows.npz');
  t.equal(code, 0, err);
  t.match(out, /trained/);
});

t.test('scores that are no numbers are wrong answers', async (t) => {
  const { folder, gate } = models(t);
  writeFileSync(join(folder, 'nan.onnx'), scaled(NaN, 1, 1, 1));
  const { code, out } = await gate('--challenger', 'nan.onnx', '--data', 'rows.npz');
  t.equal(code, 3);
  t.match(out, /400 answers of .* were none/);
});

t.test('arguments that are wrong end with 2, and what cannot be judged with 1', async (t) => {
  const { folder, gate } = models(t);
  writeFileSync(join(folder, 'far.npz'), npz({ x: floats([1, 4], [0, 0, 0, 1]), y: int64s([4]) }));
  writeFileSync(join(folder, 'none.npz'), npz({ x: floats([0, 4], []) }));
  for (const [code, sentence, ...args] of [
    [2, /no version 9 of net/, '--challenger', '9', '--data', 'rows.npz'],
    [2, /neither the number of a version nor an ONNX file/, '--challenger', 'none.onnx', '--data', 'rows.npz'],
    [2, /net takes rows: name a file of numpy\.savez with --data/, '--challenger', '2'],
    [2, /there is no folder .*none/, '--challenger', '2', '--data', 'rows.npz', '--report', 'none/report.json'],
    [2, /It is a share from 0 to 1/, '--challenger', '2', '--data', 'rows.npz', '--max-drop', '5'],
    [1, /row 0 has the class 4, and the model has 0 to 3/, '--challenger', '2', '--data', 'far.npz'],
    [1, /no examples to judge by/, '--challenger', '2', '--data', 'none.npz'],
    [1, /missing\.npz cannot be read/, '--challenger', '2', '--data', 'missing.npz'],
  ] as const) {
    const ended = await gate(...args);
    t.equal(ended.code, code, ended.err);
    t.match(ended.err, sentence);
  }
});

t.test('a model whose first output names no class cannot be judged', async (t) => {
  const root = t.testdir({ models: { net: { 1: {}, 'model.json': '{"outputs": [{"name": "total", "datatype": "FP32", "shape": [1]}]}' } } });
  writeFileSync(join(root, 'models/net/1/model.onnx'), twoOutputs().file);
  writeFileSync(join(root, 'rows.npz'), npz({ x: floats([1, 4], [0, 0, 0, 1]) }));
  const args = ['models', 'gate', 'net', '--models', 'models', '--challenger', '1', '--data', 'rows.npz'];
  const { code, err } = await command(args, root);
  t.equal(code, 1);
  t.match(err, /The gate compares classes, and the first output of net 1 is total FP32 \[-1, 1\]/);
});

t.test('images are judged as they are served', async (t) => {
  const { file, config, labels } = brightness();
  const root = t.testdir({
    models: {
      net: {
        1: { 'model.onnx': file },
        2: { 'model.onnx': file },
        'model.json': JSON.stringify({ ...config, defaultVersion: 1 }),
        'labels.txt': `${labels!.join('\n')}\n`,
      },
    },
    photos: { red: {} },
  });
  copyFileSync(join(PHOTOS, 'tripod.jpg'), join(root, 'photos/red/tripod.jpg'));
  const gate = (...args: readonly string[]) =>
    command(['models', 'gate', 'net', '--models', 'models', '--challenger', '2', ...args], root);
  const passing = ['--max-drop', '1'];
  const { code, out, err } = await gate('--images', 'photos', ...passing);
  t.equal(code, 0, err);
  t.match(out, /1 held-out images/);
  t.match((await gate('--data', 'photos')).err, /net takes images: name a folder of them with --images/);
});
