/**
 * `ortolan models compress` as people run it: on a convolution net for the handwritten digits of scikit-learn, which is trained here, and on
 * the model in the box with parts of the photographs of the tests. What passes is served; what the gate refuses leaves nothing.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { environmentOf, told } from '../../src/python/environment.ts';
import { parseReport, type Report } from '../../src/repository/report.ts';
import { derivePhotograph } from '../../tools/photographs/derived.ts';
import { seededRandom } from '../../tools/random/seeded.ts';
import { LAUNCHER, ortolan, type Ended } from '../cli/ortolan.ts';
import { unlessLacking } from '../clients/program.ts';
import { get, jsonOf } from '../support/http-client.ts';
import { MODELS, startServer } from '../support/start-server.ts';

// Packages are installed the first time, and nets are trained.
t.setTimeout(0);

const HERE = import.meta.dirname;
const PYTHONS = ['3.11', '3.12', '3.13'];
const COMPRESS = join(MODELS, 'compress');
const work = t.testdir();

/** The digits as files, and a net for them. */
const { skip } = await unlessLacking(async () => {
  const sklearn = await environmentOf(join(MODELS, 'export/check'), 'check', PYTHONS);
  await told(join(sklearn, 'python'), [join(HERE, 'with-compress/digits.py'), work]);
  const torch = await environmentOf(COMPRESS, 'prune', PYTHONS);
  await told(join(torch, 'python'), [join(HERE, 'with-compress/net.py'), work]);
  await environmentOf(COMPRESS, 'int8', PYTHONS);
});

const DIGITS = join(work, 'digits.npz');

/** A models folder with the net as version 1, and further files in the folder of the model. */
function digits(t: Test, more: Readonly<Record<string, string>> = {}, source = 'inside.onnx'): string {
  const models = t.testdir({ digits: { 1: {}, ...more } });
  if (source.endsWith('.onnx')) cpSync(join(work, source), join(models, 'digits/1/model.onnx'));
  else cpSync(join(work, source), join(models, 'digits/1'), { recursive: true });
  return models;
}

const compress = (models: string, name: string, ...args: readonly string[]) =>
  ortolan(['models', 'compress', name, '--models', models, ...args]);

/** Its exit code is 0; what it said otherwise. */
const succeeded = (t: Test, { code, out, err }: Ended): void =>
  void t.equal(code, 0, 'it succeeds', code === 0 ? {} : { out, err });

const reportIn = (folder: string): Report => parseReport(readFileSync(join(folder, 'report.json'), 'utf8'))!;

/** Everything in a folder. */
const filesIn = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).toSorted();

interface Listed {
  readonly models: readonly {
    readonly default_version: string;
    readonly versions: readonly {
      readonly version: string;
      readonly state: string;
      readonly report?: Record<string, unknown>;
    }[];
  }[];
}

t.test(
  'int8 of the digits passes, is a quarter of the size, and is served beside the other',
  { skip },
  async (t) => {
    const models = digits(t);
    const { code, out, err } = await compress(models, 'digits', '--int8', '--data', DIGITS);
    t.equal(code, 0, err);
    t.comment(out);
    const report = reportIn(join(models, 'digits/2'));
    t.match(report.made, { how: 'int8', from: '1' });
    t.ok(report.gate.challenger.bytes < 0.35 * report.gate.champion.bytes);
    t.ok(report.gate.accuracy!.challenger.share > 0.95);
    t.equal(report.gate.classes.length, 10);
    t.ok(report.gate.examples.n > 400 && report.gate.examples.n < 700, String(report.gate.examples.n));
    t.match(err, /Version 1 goes on answering/);
    t.match(err, /calibrating: \d+ of \d+/, 'progress is told');
    t.same(readdirSync(join(models, 'digits')).toSorted(), ['1', '2', 'model.json']);
    t.same(readdirSync(join(models, 'digits/2')).toSorted(), ['model.onnx', 'report.json']);

    const { port } = await startServer(t, { models, options: { defaultModel: 'digits' } });
    const listed = jsonOf<Listed>(await get(port, '/v1/models')).models[0]!;
    t.equal(listed.default_version, '1');
    const [one, two] = listed.versions;
    t.match(two, {
      version: '2',
      report: { made_by: 'int8', made_from: '1', passed: true, measured_against: '1' },
    });
    t.equal(one!.report, undefined);
    const described = jsonOf<Listed['models'][0]>(await get(port, '/v1/models/digits'));
    t.match(described.versions[1]!.report, { accuracy: { challenger: { n: report.gate.examples.n } } });

    const again = await compress(models, 'digits', '--int8', '--from', '2', '--data', DIGITS);
    t.equal(again.code, 1);
    t.match(again.err, /is quantised already .*--from/);
  },
);

t.test(
  'pruning removes channels, trains the rest, and passes; int8 of that passes too',
  { skip },
  async (t) => {
    const models = digits(t);
    const pruned = await compress(models, 'digits', '--data', DIGITS, '--prune', '0.5');
    succeeded(t, pruned);
    t.comment(pruned.out);
    const { made, gate } = reportIn(join(models, 'digits/2'));
    const facts = made!.facts as Record<string, number>;
    t.ok(facts['multiplicationsARow']! < 0.4 * facts['multiplicationsARowBefore']!, JSON.stringify(facts));
    t.ok(
      facts['validationAccuracyBeforeTraining']! < facts['validationAccuracy']!,
      'training brings it back',
    );
    t.ok(gate.challenger.bytes < 0.5 * gate.champion.bytes);
    t.ok(gate.challenger.msPerRow! < gate.champion.msPerRow!);
    t.match(pruned.err, /training: \d+ of 20/);

    const both = await compress(models, 'digits', '--int8', '--from', '2', '--data', DIGITS);
    succeeded(t, both);
    t.equal(reportIn(join(models, 'digits/3')).made!.from, '2');
    const verified = await ortolan(['models', 'verify', 'digits', '--models', models]);
    succeeded(t, verified);
  },
);

t.test(
  'what falls below the gate is refused with exit code 3, and nothing is left behind',
  { skip },
  async (t) => {
    const models = digits(t);
    const before = filesIn(models);
    const report = join(t.testdirName, '..', 'refused.json');
    const args = ['--prune', '0.95', '--epochs', '1', '--data', DIGITS, '--report', report];
    const { code, out, err } = await compress(models, 'digits', ...args);
    t.equal(code, 3, out);
    t.match(err, /^ortolan: Refused\. The accuracy goes from/m);
    t.same(filesIn(models), before);
    t.equal(parseReport(readFileSync(report, 'utf8'))?.gate.passed, false, 'the report says why');
    const agreeing = await compress(models, 'digits', '--int8', '--data', DIGITS, '--min-accuracy', '0.992');
    t.equal(agreeing.code, 3, agreeing.out);
    t.match(agreeing.err, /The accuracy is .* asked for is 99\.2 %/);
    t.same(filesIn(models), before);
  },
);

t.test('without labels the agreement decides', { skip }, async (t) => {
  const models = digits(t);
  const args = ['--int8', '--min-agreement', '0.95', '--data', join(work, 'unlabelled.npz')];
  const ended = await compress(models, 'digits', ...args);
  succeeded(t, ended);
  t.match(ended.out, /held-out rows without labels/);
  const { gate } = reportIn(join(models, 'digits/2'));
  t.equal(gate.accuracy, undefined);
  t.ok(gate.agreement.low >= 0.95);
});

t.test('weights that lie beside the model are read, and measured', { skip }, async (t) => {
  const models = digits(t, {}, 'beside');
  for (const [index, args] of [['--int8'], ['--prune', '0.5']].entries()) {
    succeeded(t, await compress(models, 'digits', ...args, '--data', DIGITS));
    const { champion, challenger } = reportIn(join(models, `digits/${index + 2}`)).gate;
    const weights = statSync(join(models, 'digits/1/model.onnx.data')).size;
    t.ok(champion.bytes > weights && challenger.bytes < weights, 'both files count');
  }
});

t.test('a version that the server would not load is not registered', { skip }, async (t) => {
  const models = digits(t);
  const golden = join(models, 'digits/golden');
  mkdirSync(golden);
  const zeros = Array.from({ length: 64 }, () => 0);
  const sample = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1, 8, 8], data: zeros }],
    outputs: [
      { name: 'logits', datatype: 'FP32', shape: [1, 10], data: Array.from({ length: 10 }, () => 5) },
    ],
  };
  writeFileSync(join(golden, 'zeros.json'), JSON.stringify(sample));
  const before = filesIn(models);
  const { code, err } = await compress(models, 'digits', '--int8', '--data', DIGITS);
  t.equal(code, 3);
  t.match(err, /the server would not load it\. golden sample zeros: .*"versions"/);
  t.same(filesIn(models), before);
});

t.test('a command that is interrupted leaves nothing behind', { skip }, async (t) => {
  const models = digits(t);
  const before = filesIn(models);
  const args = [
    'models',
    'compress',
    'digits',
    '--models',
    models,
    '--prune',
    '--epochs',
    '10000',
    '--data',
    DIGITS,
  ];
  const child = spawn(LAUNCHER, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  let said = '';
  for await (const piece of child.stderr.setEncoding('utf8')) {
    said += piece as string;
    if (said.includes('training:') && !child.killed) child.kill('SIGINT');
  }
  await closed;
  t.equal(child.exitCode, 1);
  t.match(said, /Interrupted\. Nothing was registered\./);
  t.same(filesIn(models), before);
});

/** Some hundred parts of the photographs of the tests. */
async function photographs(folder: string): Promise<void> {
  const random = seededRandom(7);
  for (const from of ['cat.jpg', 'china.jpg', 'coffee.jpg', 'flower.jpg', 'rocket.jpg', 'tripod.jpg']) {
    for (let index = 0; index < 40; index++) {
      const side = 0.4 + 0.6 * random();
      const part = [random() * (1 - side), random() * (1 - side), side, side] as const;
      const name = `${from}-${index}`;
      const mirrored = random() < 0.5;
      const bytes = await derivePhotograph({
        name,
        from,
        width: 256,
        height: 256,
        quality: 92,
        grain: 0,
        part,
        mirrored,
      });
      writeFileSync(join(folder, `${name}.jpg`), bytes);
    }
  }
}

t.test(
  'the model in the box becomes int8 where its photographs agree, and is refused where more is asked',
  { skip },
  async (t) => {
    const root = t.testdir({ models: { 'efficientnet-lite0': {} }, photographs: {} });
    const models = join(root, 'models');
    const box = join(models, 'efficientnet-lite0');
    for (const name of ['1', 'model.json', 'labels.txt'])
      cpSync(join(MODELS, 'efficientnet-lite0', name), join(box, name), { recursive: true });
    const config = JSON.parse(readFileSync(join(box, 'model.json'), 'utf8')) as Record<string, unknown>;
    writeFileSync(
      join(box, 'model.json'),
      JSON.stringify({ ...config, sha256: undefined, versionLabels: undefined }),
    );
    await photographs(join(root, 'photographs'));
    // More to judge by than to calibrate with: the first is what shows something, the second takes long.
    const images = ['--images', join(root, 'photographs'), '--held-out-share', '0.6'];
    const before = filesIn(models);
    const strict = await compress(
      models,
      'efficientnet-lite0',
      '--int8',
      '--min-agreement',
      '0.96',
      ...images,
    );
    t.equal(strict.code, 3, strict.out);
    t.match(strict.err, /It answers as the other in .*asked for are 96 %/);
    t.same(filesIn(models), before);
    const { code, out, err } = await compress(
      models,
      'efficientnet-lite0',
      '--int8',
      '--min-agreement',
      '0.8',
      ...images,
    );
    t.equal(code, 0, err);
    t.comment(out);
    const { gate } = reportIn(join(box, '2'));
    t.ok(gate.challenger.bytes < 0.3 * gate.champion.bytes);
    t.equal(gate.examples.kind, 'images');
  },
);
