/**
 * `ortolan pipeline run` against a real server, with the digits of scikit-learn: a run that is killed twice and goes on, labels that are
 * poisoned, a canary that is worse on what clients send than on what it was judged by, a trainer that hangs.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { told } from '../../src/python/environment.ts';
import { ortolan } from '../cli/ortolan.ts';
import { until } from '../support/http-client.ts';
import { signingKeys } from '../support/signing-keys.ts';
import {
  ended,
  modelOf,
  pipelineOf,
  python,
  RETRAIN,
  sayClass,
  served,
  skip,
  start,
  statusOf,
  whileRunning,
  type Place,
} from './retraining.ts';

// Packages are installed the first time, and nets are trained.
t.setTimeout(0);

const DATA = join(t.testdir(), 'data');
const TRAIN = join(DATA, 'train.npz');

interface Digits {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** The rows of train.npz, as numbers: champions are trained on the first of them, the others are what clients send. */
let rows: Digits = { x: [], y: [] };
if (skip === false) {
  await told(python, [RETRAIN, 'data', '--out', DATA]);
  const script =
    'import numpy, json, sys; d = numpy.load(sys.argv[1]); print(json.dumps({"x": d["x"].tolist(), "y": d["y"].tolist()}))';
  rows = JSON.parse(await told(python, ['-c', script, TRAIN])) as Digits;
}
const FIRST = 200;

/** Moved down by a pixel, as by a camera that was pushed. */
const shifted = (row: readonly number[]): number[] => [
  ...Array.from({ length: 8 }, () => 0),
  ...row.slice(0, 56),
];

/** Trains digits into a folder. */
async function trained(folder: string, ...args: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await told(python, [RETRAIN, 'digits', '--data', TRAIN, ...args], {
    env: { ...process.env, TRAIN_OUT: folder },
  });
}

/** The digits with a champion that was trained so. */
async function digits(t: Test, ...args: readonly string[]): Promise<string> {
  const folder = t.testdir({
    models: {
      digits: { 'model.json': '{"labels": "labels.txt"}', 'labels.txt': '0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n' },
    },
  });
  await trained(join(folder, 'models/digits/1'), ...args);
  return folder;
}

/** Sends a row, and says which digit it is. Returns the digit that it was taken for, and by which version. */
async function sendDigit(
  url: string,
  row: readonly number[],
  label: number,
): Promise<{ version: string; digit: number }> {
  const answer = await fetch(`${url}/v1/models/digits/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: { x: [row] } }),
  });
  const version = answer.headers.get('x-model-version') ?? '';
  const { predictions } = (await answer.json()) as { predictions: { class_id: number }[] };
  await sayClass(url, answer.headers.get('x-request-id')!, label);
  return { version, digit: predictions[0]!.class_id };
}

const digitsPipeline = (place: Place, more: object = {}): string =>
  pipelineOf(place, {
    model: 'digits',
    train: {
      command: [python, RETRAIN, 'digits', '--data', TRAIN, '--rows', String(FIRST)],
      deadline: '10m',
    },
    gate: { data: join(DATA, 'held-out.npz'), maxDrop: 0.03, maxClassDrop: 0.15 },
    canary: {
      weights: [50],
      guard: { intervalMs: 500, minSamples: 100, maxP99Ms: 30_000 },
      feedback: { maxLoss: 0.1, minLabels: 50 },
      deadline: '10m',
    },
    ...more,
  });

t.test(
  'labels begin a run, which is killed twice and promotes a better model in the end',
  { skip },
  async (t) => {
    const folder = await digits(t, '--rows', String(FIRST));
    const keys = signingKeys(folder);
    const sign = [
      'models',
      'sign',
      'digits',
      '--models',
      join(folder, 'models'),
      '--private-key',
      keys.privateFile,
    ];
    t.equal((await ortolan(sign)).code, 0);
    const place = await served(t, folder, [
      '--model-public-keys',
      keys.publicFile,
      '--models-signed-only',
      'on',
    ]);
    const textfile = join(folder, 'digits.prom');
    const file = digitsPipeline(place, {
      triggers: { labels: 500 },
      sign: { privateKey: keys.privateFile },
      metrics: { textfile },
    });
    t.match(await ortolan(['pipeline', 'run', '--once', '--config', file]), {
      code: 0,
      out: /No trigger asks for a run/,
    });
    for (let i = FIRST; i < FIRST + 500; i++) await sendDigit(place.url, rows.x[i]!, rows.y[i]!);

    const first = start(t, file, ['--once'], { ORTOLAN_API_KEY: 'not-for-trainers' });
    const trainStarted = (): boolean => /^train$/m.test(first.err());
    await until(trainStarted);
    t.match(await ortolan(['pipeline', 'run', '--config', file]), {
      code: 1,
      err: /runs already, as process \d+/,
    });
    first.child.kill('SIGKILL');
    await ended(first);
    t.match(await statusOf(file), {
      running: false,
      runs: [
        {
          steps: [
            { step: 'collect', state: 'done' },
            { step: 'train', state: 'begun' },
          ],
        },
      ],
    });

    // The rest of the rows: nobody has trained on them.
    const send = (turn: number): Promise<unknown> => {
      const i = FIRST + 500 + (turn % (rows.x.length - FIRST - 500));
      return sendDigit(place.url, rows.x[i]!, rows.y[i]!);
    };
    const second = start(t, file, ['--once']);
    const watching = whileRunning(second.child, send);
    await until(() => /^guard$/m.test(second.err()) || second.child.exitCode !== null);
    second.child.kill('SIGKILL');
    await ended(second);
    await watching;
    t.match(await modelOf(place.url), {
      default_version: '1',
      versions: [{ version: '1' }, { version: '2' }],
    });

    const third = start(t, file, ['--once']);
    await whileRunning(third.child, send);
    t.equal(await ended(third), 0, third.err());
    t.match(third.out(), /^promoted version 2: error rate/);
    t.match(await modelOf(place.url), { default_version: '2' });
    const { runs } = await statusOf(file);
    t.equal(runs.length, 1, 'it was one run');
    const accuracyNow = async (): Promise<number> => {
      let right = 0;
      for (let i = 0; i < 200; i++)
        right += Number(
          (await sendDigit(place.url, rows.x[FIRST + 500 + i]!, rows.y[FIRST + 500 + i]!)).digit ===
            rows.y[FIRST + 500 + i]!,
        );
      return right / 200;
    };
    t.ok((await accuracyNow()) > 0.93);
    t.match(
      readFileSync(textfile, 'utf8'),
      /ortolan_pipeline_runs_total\{model="digits",outcome="promoted"\} 1/,
    );
    t.equal(
      (
        await ortolan([
          'models',
          'verify',
          'digits',
          '--models',
          place.models,
          '--public-key',
          keys.publicFile,
        ])
      ).code,
      0,
      'all is signed',
    );
    const model = JSON.parse(readFileSync(join(place.models, 'digits/model.json'), 'utf8')) as {
      defaultVersion: number;
    };
    t.equal(model.defaultVersion, 2, 'also after the next start');
    t.strictSame(readdirSync(place.models), ['digits'], 'nothing is left beside the model');
  },
);

t.test('the gate stops a model that was trained on poisoned labels', { skip }, async (t) => {
  const place = await served(t, await digits(t, '--rows', String(FIRST)));
  // Eights are said to be threes: in the mean over all digits that hardly shows.
  for (let i = FIRST; i < FIRST + 700; i++)
    await sendDigit(place.url, rows.x[i]!, rows.y[i] === 8 ? 3 : rows.y[i]!);
  const file = digitsPipeline(place);
  const run = await ortolan(['pipeline', 'run', '--config', file]);
  t.equal(run.code, 1);
  t.match(run.out, /^refused version 2: .*(lost of the class|accuracy)/s);
  t.match(run.out, /8 \(/, 'it says which class');
  t.match(await modelOf(place.url), { default_version: '1', versions: [{ version: '1' }] });
  t.strictSame(readdirSync(join(place.models, 'digits')).sort(), ['1', 'labels.txt', 'model.json']);
});

t.test(
  'a canary that is worse on what clients send is rolled back, though the gate let it pass',
  { skip },
  async (t) => {
    const place = await served(t, await digits(t, '--shifted'));
    const candidate = join(place.folder, 'candidate');
    await trained(candidate);
    const file = digitsPipeline(place);
    const run = start(t, file, ['--candidate', candidate]);
    await whileRunning(run.child, (turn) => {
      const i = turn % rows.x.length;
      return sendDigit(place.url, shifted(rows.x[i]!), rows.y[i]!);
    });
    t.equal(await ended(run), 1);
    t.match(
      run.out(),
      /^rolled back version 2: accuracy by feedback [\d.]+ % \(n \d+\), of the champion (9|100)/,
      run.err(),
    );
    t.match(await modelOf(place.url), { default_version: '1', versions: [{ version: '1' }] });
    t.notOk(existsSync(join(place.models, 'digits/2')));
  },
);

t.test('what a run has promoted is in the store, and what was rolled back is not', { skip }, async (t) => {
  const place = await served(t, await digits(t, '--rows', String(FIRST)));
  const env = { ORTOLAN_ARTIFACTS_URL: `file://${join(place.folder, 'store')}` };
  const candidate = join(place.folder, 'candidate');
  await trained(candidate);
  const guard = { intervalMs: 500, minSamples: 100, maxP99Ms: 30_000 };
  const released = async (canary: object): Promise<string> => {
    const file = digitsPipeline(place, { push: true, canary: { weights: [50], guard, ...canary } });
    const run = start(t, file, ['--candidate', candidate], env);
    await whileRunning(run.child, (turn) => sendDigit(place.url, rows.x[turn % 500]!, rows.y[turn % 500]!));
    await ended(run);
    return run.out() + run.err();
  };
  const inStore = async (): Promise<string> => (await ortolan(['artifacts', 'list', 'digits'], env)).out;
  t.match(await released({}), /^promoted version 2/);
  t.match(await inStore(), /digits +1 [^]*digits +2 /);
  // Nothing can be proved in no time.
  t.match(
    await released({ deadline: '0s', feedback: {} }),
    /^rolled back version 3: nothing is proved in time/,
  );
  t.notMatch(await inStore(), /digits +3 /);
  const pulled = join(place.folder, 'elsewhere');
  t.match(await ortolan(['artifacts', 'pull', 'digits', '--models', pulled], env), { code: 0 });
  t.match(JSON.parse(readFileSync(join(pulled, 'digits/model.json'), 'utf8')), { defaultVersion: 2 });
});

t.test(
  'a trainer that hangs is ended at its deadline, and what it was given holds no secret',
  { skip },
  async (t) => {
    const place = await served(t, await digits(t, '--rows', String(FIRST)));
    const seen = join(place.folder, 'seen.txt');
    const file = digitsPipeline(place, {
      train: { command: ['sh', '-c', `env > ${seen}; sleep 1000`], deadline: '2s' },
      data: undefined,
    });
    const run = await ortolan(['pipeline', 'run', '--config', file], {
      ORTOLAN_API_KEY: 'kept-from-trainers-1',
      AWS_SECRET_ACCESS_KEY: 'kept-from-trainers-2',
      HOME: '/root',
    });
    t.match(run, { code: 1, out: /^failed: train: the job was ended because it had not finished within 2s/ });
    const text = readFileSync(seen, 'utf8');
    t.notMatch(text, /kept-from-trainers/);
    t.match(text, /^TRAIN_OUT=/m);
  },
);
