/** A job as a process: what it gets, how it ends, and what is left of it. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/clock.ts';
import type { JobOrder } from '../../../src/pipeline/job/job.ts';
import { endLeftOver, OUTPUT, ProcessJob } from '../../../src/pipeline/job/process.ts';
import { isAlive, self, startOf } from '../../../src/pipeline/lock.ts';
import { until } from '../../support/http-client.ts';

const LONG_MS = 60_000;

function orderOf(t: Test, script: string, more: Partial<JobOrder> = {}): JobOrder {
  const folder = t.testdir({ notes: {} });
  return {
    id: 'run',
    model: 'net',
    command: ['sh', '-c', script],
    folder,
    env: { PATH: process.env['PATH']! },
    deadlineMs: LONG_MS,
    notes: join(folder, 'notes'),
    signal: new AbortController().signal,
    ...more,
  };
}

const job = new ProcessJob(systemClock);

t.test('it gets the environment that it is given and no more', async (t) => {
  process.env['ORTOLAN_API_KEY'] = 'secret';
  t.teardown(() => delete process.env['ORTOLAN_API_KEY']);
  const order = orderOf(t, 'env > env.txt', { env: { PATH: process.env['PATH']!, TRAIN_OUT: 'here' } });
  await job.run(order);
  // The shell adds some of its own, and tap, which runs the tests, too.
  const lines = readFileSync(join(order.folder, 'env.txt'), 'utf8').split('\n');
  t.ok(lines.includes('TRAIN_OUT=here'));
  t.notOk(lines.some((line) => /^(ORTOLAN_|HOME=)|=secret/.test(line)));
});

t.test('what it prints is kept, and its last line is the reason of a failure', async (t) => {
  const order = orderOf(t, 'echo begins; echo "no examples" >&2; exit 3');
  await t.rejects(job.run(order), /^the job ended with exit code 3: no examples$/);
  t.match(readFileSync(join(order.notes, OUTPUT), 'utf8'), /begins\n/);
  t.notOk(existsSync(join(order.notes, 'process.json')));
});

t.test('a job that prints without end fills no disk', async (t) => {
  const order = orderOf(t, 'head -c 20000000 /dev/zero | tr "\\0" x');
  await job.run(order);
  t.equal(readFileSync(join(order.notes, OUTPUT)).length, 8 * 1024 * 1024);
});

t.test('a program that is not there is named', async (t) => {
  await t.rejects(
    job.run(orderOf(t, '', { command: ['/no/such/trainer'] })),
    /could not be started: \/no\/such\/trainer \(ENOENT\)/,
  );
});

t.test('at its deadline it is ended with all that it has started', async (t) => {
  const order = orderOf(t, 'trap "" TERM; sleep 1000 & echo $! > child; wait; sleep 1000', {
    deadlineMs: 6000,
  });
  await t.rejects(job.run(order), /ended because it had not finished within 6s/);
  const child = Number(readFileSync(join(order.folder, 'child'), 'utf8'));
  await until(async () => !isAlive(child) || /\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8')));
});

t.test('what a job leaves running ends with it', async (t) => {
  const order = orderOf(t, 'sleep 1000 & echo $! > child');
  await job.run(order);
  const child = Number(readFileSync(join(order.folder, 'child'), 'utf8'));
  await until(async () => !isAlive(child) || /\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8')));
});

t.test('a stop of the pipeline ends it', async (t) => {
  const stop = new AbortController();
  const order = orderOf(t, 'touch begun; sleep 1000', { signal: stop.signal });
  const running = job.run(order);
  await until(async () => existsSync(join(order.folder, 'begun')));
  stop.abort(new Error('stopped'));
  await t.rejects(running, /^stopped$/);
});

t.test('the job of a pipeline that was killed is ended by the next one, and no other process', async (t) => {
  const order = orderOf(t, 'touch begun; sleep 1000');
  const running = job.run(order).catch(() => undefined);
  await until(async () => existsSync(join(order.folder, 'begun')));
  const note = join(order.notes, 'process.json');
  const { pid } = JSON.parse(readFileSync(note, 'utf8')) as { pid: number };
  writeFileSync(note, JSON.stringify({ ...self(), pid, started: `${startOf(pid)}0` }));
  endLeftOver(order.notes);
  t.ok(isAlive(pid), 'another process of that number is let alone');
  mkdirSync(order.notes, { recursive: true });
  writeFileSync(note, JSON.stringify({ ...self(), pid, started: startOf(pid) }));
  endLeftOver(order.notes);
  await running;
  t.notOk(isAlive(pid));
});
