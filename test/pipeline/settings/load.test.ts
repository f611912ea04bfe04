/** pipeline.json: what is written, what is filled in, what is refused and where. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadPipeline, pipelineFaults } from '../../../src/pipeline/settings/load.ts';
import { LEAST } from '../fixture.ts';

t.test('the least that has to be written is filled in', async (t) => {
  const folder = t.testdir({ 'pipeline.json': JSON.stringify(LEAST) });
  const settings = loadPipeline(join(folder, 'pipeline.json'));
  t.match(settings, {
    model: 'net',
    models: join(folder, 'models'),
    state: join(folder, 'pipeline'),
    triggers: { drift: false, lookMs: 60_000, cooldownMs: 86_400_000 },
    train: { command: ['train'], deadlineMs: 3_600_000 },
    gate: { held: { kind: 'data', path: join(folder, 'held-out.npz') } },
    push: false,
    canary: { weights: [10], guard: {}, atDeadline: 'rollback', deadlineMs: 86_400_000 },
  });
});

t.test('a misspelt key is refused with the one that was meant', async (t) => {
  t.strictSame(pipelineFaults({ ...LEAST, canry: {} }), [
    '/canry is an unknown field (did you mean canary?)',
  ]);
  t.match(pipelineFaults({ ...LEAST, canary: { weight: [5] } }), [/\/canary\/weight is .* mean weights/]);
});

const refused: readonly [what: string, changes: object, sentence: RegExp][] = [
  ['shares that fall', { canary: { weights: [50, 10] } }, /weights have to grow/],
  [
    'a guard that promotes by itself',
    { canary: { guard: { stepWeight: 5 } } },
    /stepWeight is not for a pipeline/,
  ],
  ['disagreement without copies', { canary: { guard: { maxDisagreement: 0.1 } } }, /set \/canary\/shadow/],
  ['nothing to judge by', { gate: {} }, /gate needs data or images/],
  ['two things to judge by', { gate: { data: 'a', images: 'b' } }, /gate needs data or images/],
  ['a text file of another name', { metrics: { textfile: 'out.txt' } }, /has to end in \.prom/],
  ['a time that is none', { triggers: { every: 'daily' } }, /\/triggers\/every must match pattern/],
  [
    'a variable of the server for the trainer',
    { train: { command: ['x'], pass: ['ORTOLAN_API_KEY'] } },
    /\/train\/pass\/0/,
  ],
  ['a command that is no list', { train: { command: 'train.sh' } }, /\/train\/command must be array/],
  ['a server that is no address', { server: 'localhost' }, /\/server must match pattern/],
  [
    'a run that ends at once',
    { triggers: { labels: 5 }, data: { log: 'l', minExamples: 9 } },
    /below \/data\/minExamples/,
  ],
];
for (const [what, changes, sentence] of refused) {
  t.test(`${what} is refused`, async (t) => {
    t.match(pipelineFaults({ ...LEAST, ...changes }).join('; '), sentence);
  });
}

t.test('a file that is not there, or is no JSON, is one sentence', async (t) => {
  const folder = t.testdir();
  const file = join(folder, 'pipeline.json');
  t.throws(
    () => loadPipeline(file),
    /pipeline\.json cannot be read \(ENOENT\): write one, or name it by --config\.$/,
  );
  writeFileSync(file, '{');
  t.throws(() => loadPipeline(file), /is not valid JSON/);
  writeFileSync(file, '[]');
  t.throws(() => loadPipeline(file), /must be object/);
});
