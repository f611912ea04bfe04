/** What follows from the events of a run. */
import t from 'tap';
import {
  eventOf,
  type EventData,
  type EventKind,
  type PipelineEvent,
} from '../../../src/pipeline/journal/event.ts';
import type { StepFacts, StepName } from '../../../src/pipeline/journal/facts.ts';
import { nextOf, openRun, runsOf, type Next } from '../../../src/pipeline/journal/progress.ts';

const event = <Kind extends EventKind>(kind: Kind, data: EventData[Kind]): PipelineEvent =>
  eventOf({ kind, data, model: 'net', run: 'r', at: 1, now: 0 });
const started = event('run.started', { trigger: 'command', reason: '' });
const begins = (step: StepName): PipelineEvent => event('step.started', { step });
const done = <Name extends StepName>(step: Name, facts: StepFacts[Name]): PipelineEvent[] => [
  begins(step),
  event('step.finished', { step, ms: 5, facts } as never),
];
const fails = (step: StepName): PipelineEvent[] => [
  begins(step),
  event('step.failed', { step, ms: 5, reason: 'why' }),
];

const trained = [
  ...done('collect', { examples: 9, enough: true }),
  ...done('train', { job: 'process' }),
  ...done('export', { version: '2', champion: '1', digest: '', bytes: 1, modelJson: '' }),
];
const judged = [...trained, ...done('gate', { passed: true, says: [] })];
const pushed = [...judged, ...done('sign', { signed: false }), ...done('push', { pushed: false })];
const loaded = [...pushed, ...done('load', { at: 0, traffic: {}, champion: undefined })];

const cases: readonly [what: string, events: readonly PipelineEvent[], next: Partial<Next> & object][] = [
  ['a run that has begun collects', [], { step: 'collect' }],
  ['a step that was cut off is done again', [begins('collect')], { step: 'collect' }],
  ['what was trained is exported', trained.slice(0, 4), { step: 'export' }],
  ['too few examples end the run', done('collect', { examples: 2, enough: false }), { outcome: 'skipped' }],
  [
    'a failure before the load ends the run',
    [...trained, ...fails('gate')],
    { outcome: 'failed', reason: 'gate: why' },
  ],
  [
    'what the gate refuses ends the run',
    [...trained, ...done('gate', { passed: false, says: ['bad'] })],
    { outcome: 'refused', reason: 'bad' },
  ],
  ['what has passed is signed', judged, { step: 'sign' }],
  ['what is kept is loaded', pushed, { step: 'load' }],
  ['a failure of the load is taken back', [...pushed, ...fails('load')], { step: 'rollback' }],
  [
    'after that the run has failed',
    [...pushed, ...fails('load'), ...done('rollback', {})],
    { outcome: 'failed', reason: 'load: why' },
  ],
  ['what is loaded is watched', loaded, { step: 'guard' }],
  [
    'a good canary is promoted',
    [...loaded, ...done('guard', { verdict: 'promote', says: '' })],
    { step: 'promote' },
  ],
  [
    'a bad one is rolled back',
    [...loaded, ...done('guard', { verdict: 'rollback', says: '' })],
    { step: 'rollback' },
  ],
  [
    'a promotion that fails is taken back',
    [...loaded, ...done('guard', { verdict: 'promote', says: '' }), ...fails('promote')],
    { step: 'rollback' },
  ],
  [
    'a promoted run is over',
    [...loaded, ...done('guard', { verdict: 'promote', says: 'good' }), ...done('promote', { retired: [] })],
    { outcome: 'promoted', reason: 'good' },
  ],
  [
    'a run that was rolled back is over',
    [...loaded, ...done('guard', { verdict: 'rollback', says: 'worse' }), ...done('rollback', {})],
    { outcome: 'rolled_back', reason: 'worse' },
  ],
  [
    'a step that takes the pipeline with it again and again is given up',
    [begins('collect'), begins('collect'), begins('collect')],
    { outcome: 'failed' },
  ],
];
for (const [what, events, next] of cases) {
  t.test(what, async (t) => t.match(nextOf(openRun([started, ...events])!), next));
}

t.test('a run that is over is not gone on with', async (t) => {
  const events = [started, event('run.finished', { outcome: 'failed', reason: 'x' })];
  t.equal(openRun(events), undefined);
  t.equal(runsOf(events)[0]?.end?.outcome, 'failed');
});
