import t from 'tap';
import { Admission } from '../../src/admission/admission.ts';
import { ByteBudget } from '../../src/admission/budget.ts';
import { ModelVersion, type ModelState } from '../../src/repository/model.ts';

const LIMIT = 100;

interface Situation {
  readonly closing?: boolean;
  readonly room?: number;
  readonly state?: ModelState;
}

function setup({ closing = false, room = 4, state = 'ready' }: Situation = {}) {
  const model = new ModelVersion({
    name: 'tiny',
    version: '1',
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    versionLabels: [],
  });
  if (state === 'loading') model.loading();
  if (state === 'ready') model.ready({ provider: 'cpu', inputs: [], outputs: [], maxBatchSize: 4 });
  const budget = new ByteBudget(LIMIT);
  const admission = new Admission(budget, {
    closing: () => closing,
    hasRoomFor: (asked, rows) => asked === model && rows <= room,
  });
  return { model, budget, admission };
}

t.test('a request that fits gets a permit for the bytes it declares', async (t) => {
  const { model, budget, admission } = setup();
  const permit = admission.admitBody(model, 60);
  t.equal(budget.used, 60);
  permit.release();
  t.equal(budget.used, 0);
});

t.test('a body without a declared length gets a permit that grows', async (t) => {
  const { model, budget, admission } = setup();
  const permit = admission.admitBody(model, 0);
  t.ok(permit.grow(LIMIT));
  t.equal(budget.used, LIMIT);
});

t.test('bodies beyond the budget are refused, with a time to retry', async (t) => {
  const { model, budget, admission } = setup();
  admission.admitBody(model, 60);
  t.throws(() => admission.admitBody(model, 41), { code: 'OVERLOADED', status: 503, retryAfterSeconds: 1 });
  t.equal(budget.used, 60, 'nothing is taken by what is refused');
});

t.test('a full queue refuses before the budget is touched', async (t) => {
  const { model, budget, admission } = setup({ room: 0 });
  t.throws(() => admission.admitBody(model, 10), { code: 'QUEUE_FULL', status: 503, retryAfterSeconds: 1 });
  t.equal(budget.used, 0);
});

t.test('rows that the queue has no room for are refused when their number is known', async (t) => {
  const { model, admission } = setup({ room: 4 });
  t.doesNotThrow(() => admission.admitRows(model, 4));
  t.throws(() => admission.admitRows(model, 5), { code: 'QUEUE_FULL', retryAfterSeconds: 1 });
});

for (const state of ['waiting', 'loading'] as const) {
  t.test(`a model that is ${state} refuses with a time to retry`, async (t) => {
    const { model, admission } = setup({ state });
    t.throws(() => admission.admitBody(model, 1), { code: 'MODEL_LOADING', retryAfterSeconds: 1 });
  });
}

t.test('a model that failed to load refuses, and a retry would not help', async (t) => {
  const { model, admission } = setup();
  model.unavailable('a secret path is wrong');
  t.throws(() => admission.admitBody(model, 1), {
    code: 'MODEL_UNAVAILABLE',
    retryable: false,
    message: 'Model tiny version 1 failed to load.',
  });
});

t.test('a server that closes refuses everything', async (t) => {
  const { model, budget, admission } = setup({ closing: true });
  t.throws(() => admission.admitBody(model, 1), { code: 'DRAINING', status: 503, retryAfterSeconds: 1 });
  t.equal(budget.used, 0);
});
