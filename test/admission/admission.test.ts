import t from 'tap';
import { Admission } from '../../src/admission/admission.ts';
import { ByteBudget, type Permit } from '../../src/admission/budget.ts';
import { ServingError } from '../../src/errors.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { ModelVersion, type ModelState } from '../../src/serving/model-version.ts';
import { rowsPayload } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { fakeQueue } from '../support/fake-queue.ts';

const LIMIT = 100;
const SLO_MS = 200;

interface Met {
  readonly startsInMs: number;
  readonly finishesInMs: number;
  readonly error?: number;
}

interface Situation {
  readonly closing?: boolean;
  readonly room?: number;
  readonly state?: ModelState;
  /** The forecast for a request at its headers; by default a worker is idle. */
  readonly any?: Met;
  /** The forecast for the work when it is known. */
  readonly known?: Met;
}

const IDLE: Met = { startsInMs: 0, finishesInMs: 10 };
/** Work for a minute is queued. */
const SWAMPED: Met = { startsInMs: 60_000, finishesInMs: 60_010 };

function setup({ closing = false, room = 4, state = 'ready', any = IDLE, known = any }: Situation = {}) {
  const model = new ModelVersion({
    name: 'tiny',
    version: '1',
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    classifies: false,
    softmax: false,
    onDemand: false,
    versionLabels: [],
    sloMs: SLO_MS,
  });
  const forecasts: (readonly Payload[] | undefined)[] = [];
  const queue = fakeQueue({
    hasRoomFor: (rows) => rows <= room,
    forecast: (work) => {
      forecasts.push(work);
      return work === undefined ? any : known;
    },
  });
  if (state === 'loading') model.loading();
  if (state === 'ready')
    model.ready({ provider: 'cpu', inputs: [], outputs: [], maxBatchSize: 4, joins: { rows: true } }, queue);
  const budget = new ByteBudget(LIMIT, new FakeClock());
  const refused: unknown[] = [];
  const accepted: unknown[] = [];
  const admission = new Admission(budget, () => closing, {
    refused: (of, stage, code) => refused.push([of.name, stage, code]),
    accepted: (of, work) => accepted.push([of.name, work]),
  });
  const admitBody = (bytes: number, timeLeftMs?: number): Permit => {
    const admitted = admission.admitBody(model, bytes, timeLeftMs);
    if (admitted instanceof ServingError) throw admitted;
    return admitted;
  };
  const admitRows = (rows: number, timeLeftMs?: number) =>
    admission.admitWork(model, [rowsPayload(rows)], timeLeftMs);
  return { model, budget, admission, admitBody, admitRows, refused, accepted, forecasts };
}

t.test('a request that fits gets a permit, which takes bytes as they arrive', async (t) => {
  const { budget, admitBody, refused } = setup();
  const permit = admitBody(60);
  t.equal(budget.used, 0);
  permit.demand(60);
  t.equal(budget.used, 60);
  permit.release();
  t.equal(budget.used, 0);
  t.same(refused, []);
});

t.test('a body without a declared length gets a permit that grows', async (t) => {
  const { budget, admitBody } = setup();
  const permit = admitBody(0);
  t.ok(permit.grow(LIMIT));
  t.equal(budget.used, LIMIT);
});

t.test('bodies beyond the budget are refused, with a time to retry', async (t) => {
  const { budget, admitBody, refused } = setup();
  admitBody(60).demand(60);
  t.throws(() => admitBody(41), { code: 'OVERLOADED', status: 503, retryAfterSeconds: 1 });
  t.equal(budget.used, 60, 'nothing is taken by what is refused');
  t.same(refused, [['tiny', 'headers', 'OVERLOADED']]);
});

t.test('a full queue refuses before the budget is touched, until a worker would be free', async (t) => {
  const { budget, admitBody, refused } = setup({
    room: 0,
    any: { startsInMs: 2500, finishesInMs: 2510 },
  });
  t.throws(() => admitBody(10), { code: 'QUEUE_FULL', status: 503, retryAfterSeconds: 2.5 });
  t.equal(budget.used, 0);
  t.same(refused, [['tiny', 'headers', 'QUEUE_FULL']]);
});

t.test('a full queue without a ready worker asks for a retry after a second', async (t) => {
  const { admitBody } = setup({ room: 0, any: { startsInMs: 0, finishesInMs: 10 } });
  t.throws(() => admitBody(10), { code: 'QUEUE_FULL', retryAfterSeconds: 1 });
});

t.test('rows that the queue has no room for are refused when their number is known', async (t) => {
  const { admitRows, refused } = setup({
    room: 4,
    any: { startsInMs: 1000, finishesInMs: 1010 },
    known: IDLE,
  });
  t.doesNotThrow(() => admitRows(4));
  t.same(refused, []);
  t.throws(() => admitRows(5), { code: 'QUEUE_FULL', retryAfterSeconds: 1 });
  t.same(refused, [['tiny', 'work', 'QUEUE_FULL']]);
});

t.test('rows of all parts of a request count, and an image is one', async (t) => {
  const { model, admission } = setup({ room: 4 });
  const image = {
    kind: 'image',
    rows: 1,
    bytes: new Uint8Array(9),
    header: {},
    topK: 1,
  } as unknown as Payload;
  t.doesNotThrow(() => admission.admitWork(model, [rowsPayload(2), image, image], undefined));
  const five = [rowsPayload(2), rowsPayload(2), image];
  t.throws(() => admission.admitWork(model, five, undefined), { code: 'QUEUE_FULL' });
});

for (const state of ['waiting', 'loading'] as const) {
  t.test(`a model that is ${state} refuses with a time to retry`, async (t) => {
    const { admitBody, refused, forecasts } = setup({ state });
    t.throws(() => admitBody(1), { code: 'MODEL_LOADING', retryAfterSeconds: 1 });
    t.same(refused, [['tiny', 'headers', 'MODEL_LOADING']]);
    t.same(forecasts, [], 'it has no costs yet to predict from');
  });
}

t.test('a model that failed to load refuses, and a retry would not help', async (t) => {
  const { model, admitBody, refused } = setup();
  model.unavailable('a secret path is wrong');
  t.throws(() => admitBody(1), {
    code: 'MODEL_UNAVAILABLE',
    retryable: false,
    message: 'Model tiny version 1 failed to load.',
  });
  t.same(refused, [['tiny', 'headers', 'MODEL_UNAVAILABLE']]);
});

t.test('a server that closes refuses everything', async (t) => {
  const { budget, admitBody, refused } = setup({ closing: true });
  t.throws(() => admitBody(1), { code: 'DRAINING', status: 503, retryAfterSeconds: 1 });
  t.equal(budget.used, 0);
  t.same(refused, [['tiny', 'headers', 'DRAINING']]);
});

t.test('work that can start at once is accepted, whatever its duration and deadline', async (t) => {
  const { admitBody, admitRows, refused } = setup({
    any: { startsInMs: 0, finishesInMs: 60_000, error: 9 },
  });
  t.doesNotThrow(() => admitBody(1));
  t.doesNotThrow(() => admitBody(1, 1));
  t.doesNotThrow(() => admitRows(1));
  t.doesNotThrow(() => admitRows(1, 1));
  t.same(refused, []);
});

t.test('a request that would be late is refused at its headers, with a time to retry', async (t) => {
  const { budget, admitBody, refused, forecasts } = setup({ any: SWAMPED });
  t.throws(() => admitBody(10), {
    code: 'OVERLOADED',
    status: 503,
    retryAfterSeconds: 59.81,
    message:
      'Model tiny is overloaded: an answer would take about 60010 ms, and its latency objective is 200 ms. Retry later, or set x-request-timeout-ms to wait longer.',
  });
  t.equal(budget.used, 0, 'before the budget is touched');
  t.same(refused, [['tiny', 'headers', 'OVERLOADED']]);
  t.same(forecasts, [undefined], 'its work is not known yet');
});

t.test('a request that turns out to be late when its work is known is refused then', async (t) => {
  const known = { startsInMs: 150, finishesInMs: 250 };
  const { admitBody, admitRows, refused, forecasts } = setup({
    any: { startsInMs: 100, finishesInMs: 110 },
    known,
  });
  t.doesNotThrow(() => admitBody(10));
  t.throws(() => admitRows(3), { code: 'OVERLOADED', retryAfterSeconds: 0.05 });
  t.same(refused, [['tiny', 'work', 'OVERLOADED']]);
  t.same(forecasts, [undefined, [rowsPayload(3)]]);
});

t.test('forecasts are multiplied by their recent error', async (t) => {
  const any = { startsInMs: 100, finishesInMs: 110 };
  t.doesNotThrow(() => setup({ any: { ...any, error: 1.8 } }).admitBody(1));
  t.throws(() => setup({ any: { ...any, error: 2 } }).admitBody(1), {
    code: 'OVERLOADED',
    retryAfterSeconds: 0.02,
  });
});

t.test('the client’s deadline replaces the SLO, whether longer or shorter', async (t) => {
  const { admitBody, admitRows } = setup({ any: { startsInMs: 290, finishesInMs: 300 } });
  t.throws(() => admitBody(1), {
    code: 'OVERLOADED',
    message: /its latency objective is 200 ms\./,
  });
  t.doesNotThrow(() => admitBody(1, 300));
  t.throws(() => admitBody(1, 250.7), {
    code: 'OVERLOADED',
    message:
      "Model tiny is overloaded: an answer would take about 300 ms, and 250 ms are left of the request's own deadline. Retry later, or set a longer deadline.",
  });
  const soon = setup({ any: { startsInMs: 50, finishesInMs: 60 } });
  t.doesNotThrow(() => soon.admitRows(1));
  t.throws(() => soon.admitRows(1, 55), { code: 'OVERLOADED' });
  t.doesNotThrow(() => admitRows(1, 301));
});

t.test('all work is reported, accepted or refused', async (t) => {
  const { admission, model, accepted } = setup();
  const work = [rowsPayload(3)];
  admission.admitBody(model, 1, undefined);
  t.same(accepted, [], 'at the headers nothing is known yet');
  admission.admitWork(model, work, undefined);
  t.same(accepted, [['tiny', work]]);
  const late = setup({ any: SWAMPED });
  t.throws(() => late.admitBody(1));
  t.throws(() => late.admitRows(3));
  t.same(late.refused, [
    ['tiny', 'headers', 'OVERLOADED'],
    ['tiny', 'work', 'OVERLOADED'],
  ]);
});

t.test('an error that is no refusal is not reported as one', async (t) => {
  const { model } = setup();
  const reported: unknown[] = [];
  const closing = (): boolean => {
    throw new TypeError('a bug');
  };
  const admission = new Admission(new ByteBudget(LIMIT, new FakeClock()), closing, {
    refused: (...refused) => reported.push(refused),
    accepted: (...accepted) => reported.push(accepted),
  });
  t.throws(() => admission.admitBody(model, 1, undefined), { message: 'a bug' });
  t.same(reported, []);
});

t.test('the error says how far off predictions were lately, when that is what refuses', async (t) => {
  const { admitBody } = setup({ any: { startsInMs: 30, finishesInMs: 42, error: 5 } });
  t.throws(() => admitBody(1), {
    code: 'OVERLOADED',
    message:
      /about 42 ms, up to 210 ms as far off as predictions were lately, and its latency objective is 200 ms/,
  });
});

t.test('work that is long by itself is allowed more, and the error says how much', async (t) => {
  const { admitBody } = setup({ any: { startsInMs: 150, finishesInMs: 350 } });
  t.throws(() => admitBody(1), { message: /objective is 200 ms \(300 ms for work as long as this\)/ });
});
