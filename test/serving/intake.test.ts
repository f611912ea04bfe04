import t from 'tap';
import type { Payload } from '../../src/thread/payload.ts';
import { Intake } from '../../src/serving/intake.ts';
import { rowsPayload } from '../support/entries.ts';
import { settled } from '../support/fake-clock.ts';
import { world, type WorldOptions } from '../scheduler/fixtures/world.ts';

const SLO_MS = 100;

/** One worker, and a model of 10 ms a row. Nothing is dispatched before `runDeferred` is called. */
function setup(options: WorldOptions = {}) {
  const made = world({ workers: 1, prefetchUnderMs: 0, cap: 1, sloMs: SLO_MS, ...options });
  const tasks: (() => void)[] = [];
  const intake = new Intake(made.scheduler, made.clock, (task) => tasks.push(task));
  const { batcher } = made.models[0]!;
  const error = batcher.costs.forecastError;
  const runDeferred = (): void => {
    for (const task of tasks.splice(0)) task();
  };
  const submit = (payloads: readonly Payload[] = [rowsPayload(1)], deadlineAt?: number) =>
    intake.submit(batcher, payloads, deadlineAt);
  return { ...made, made, intake, batcher, error, tasks, runDeferred, submit };
}

/** An image that takes as many milliseconds to decode as it has bytes. */
const image = (ms: number): Payload =>
  ({ kind: 'image', rows: 1, bytes: new Uint8Array(ms), header: {}, topK: 1 }) as unknown as Payload;

t.test('requests that arrive together are dispatched together, in one wake-up', async (t) => {
  const { made, tasks, runDeferred, submit } = setup({ cap: 8, rowMs: 0.1 });
  submit();
  submit([rowsPayload(1), rowsPayload(1)]);
  t.same(made.held, [[]]);
  t.equal(tasks.length, 1);
  runDeferred();
  t.same(made.held, [[3]]);
  submit();
  t.equal(tasks.length, 1, 'those that come later ask again');
});

t.test('a request whose work is not known yet is predicted as a typical one', async (t) => {
  const { intake, batcher } = setup({ typicalDecodeMs: 4 });
  t.match(intake.forecast(batcher), { startsInMs: 0, finishesInMs: 14 });
});

t.test('known work is predicted from its rows and the decoding of its images', async (t) => {
  const { intake, batcher } = setup({ cap: 8, typicalDecodeMs: 4 });
  t.match(intake.forecast(batcher, [rowsPayload(2), rowsPayload(1)]), { finishesInMs: 30 });
  t.match(intake.forecast(batcher, [image(7), image(5)]), { finishesInMs: 32 });
});

t.test('the error of forecasts is at least 1', async (t) => {
  const { intake, batcher, error } = setup();
  t.equal(intake.forecast(batcher).error, 1.2);
  for (let request = 0; request < 16; request++) error.observe(0.5, 0);
  t.equal(intake.forecast(batcher).error, 1);
});

t.test('work without a deadline is due by the SLO', async (t) => {
  const { made, runDeferred, submit } = setup();
  made.clock.advance(1000);
  submit();
  runDeferred();
  t.match(made.workers[0]!.held, [{}]);
  const { outcomes } = submit();
  submit();
  made.clock.advance(91);
  await made.workers[0]!.done();
  t.match(await outcomes, [{ kind: 'failed', failure: { code: 'OVERLOADED' } }], 'done at 1101, due at 1100');
  t.same(made.held, [[1]], 'the last one is served all the same');
});

t.test('work that takes most of the objective by itself may wait for half of it', async (t) => {
  const { made, runDeferred, submit } = setup({ rowMs: 80 });
  submit();
  runDeferred();
  const { outcomes } = submit();
  submit();
  made.clock.advance(50);
  await made.workers[0]!.done();
  t.same(made.held, [[1]]);
  t.equal(made.waiting, 1, 'none is late: 130 ms are allowed');
  await made.workers[0]!.done();
  t.match(await outcomes, [{ kind: 'done' }]);
});

t.test('a deadline of the client is strict: it no longer waits afterwards', async (t) => {
  const { made, runDeferred, submit } = setup();
  submit();
  runDeferred();
  const { outcomes } = submit([rowsPayload(1)], 15);
  made.clock.advance(10);
  await made.workers[0]!.done();
  t.match(await outcomes, [{ kind: 'failed', failure: { code: 'DEADLINE_EXCEEDED' } }]);
});

t.test('a longer deadline lets work wait for longer than the SLO', async (t) => {
  const { made, runDeferred, submit } = setup();
  submit();
  runDeferred();
  submit([rowsPayload(1)], 1000);
  submit([rowsPayload(1)], 1000);
  made.clock.advance(500);
  await made.workers[0]!.done();
  t.same(made.held, [[1]]);
  t.equal(made.waiting, 1);
});

/** The error after sixteen requests, enough for the quantile to change, that each took `over` times the forecast. */
async function errorAfter(rowMs: number, over: number): Promise<number> {
  const { made, error, runDeferred, submit } = setup({ rowMs });
  for (let request = 0; request < 16; request++) {
    submit();
    runDeferred();
    made.clock.advance(rowMs * over);
    await made.workers[0]!.done();
    await settled();
  }
  return error.at(made.clock.now());
}

t.test('the error of forecasts is learned from the time that requests took', async (t) => {
  t.equal(await errorAfter(50, 1.5), 1.5);
  t.equal(await errorAfter(26, 3), 3);
});

t.test('requests far below the SLO do not count in the error: a stall is many times as long', async (t) => {
  t.equal(await errorAfter(25, 3), 1.2);
});

t.test('a request whose client disconnected does not count in the error', async (t) => {
  const { made, error, runDeferred, submit } = setup({ rowMs: 50 });
  for (let request = 0; request < 32; request++) {
    const submission = submit();
    runDeferred();
    made.clock.advance(request < 16 ? 50 : 400);
    if (request >= 16) submission.giveUp('abandoned');
    await made.workers[0]!.done();
    await settled();
  }
  t.equal(error.at(16 * 50), 1);
});

t.test('a request that failed because it was late counts in the error', async (t) => {
  const { made, error, runDeferred, submit } = setup({ rowMs: 20 });
  for (let request = 0; request < 8; request++) {
    submit();
    runDeferred();
    const { outcomes } = submit();
    submit([rowsPayload(1)], Infinity);
    made.clock.advance(200);
    await made.workers[0]!.done();
    t.match(await outcomes, [{ kind: 'failed' }]);
    made.clock.advance(20);
    await made.workers[0]!.done();
    await settled();
  }
  t.equal(error.at(made.clock.now()), 5, '200 ms of 40; the one behind it took 220 of 60');
});

t.test('longer work leaves at once, before the next socket is read', async (t) => {
  const { made, tasks, submit } = setup({ rowMs: 5 });
  submit();
  t.same(made.held, [[1]]);
  t.equal(tasks.length, 0);
});
