/** One process at a time, and what happens when it is gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isTaken, Lock, self, startOf } from '../../src/pipeline/lock.ts';

const fileIn = (folder: string): string => join(folder, '.net.pipeline.lock');
const write = (folder: string, owner: object): void => writeFileSync(fileIn(folder), JSON.stringify(owner));

t.test('a second one is refused with the owner, and another model is not held up', async (t) => {
  const folder = t.testdir();
  const lock = Lock.take(folder, 'net');
  t.throws(() => Lock.take(folder, 'net'), new RegExp(`runs already, as process ${process.pid} on `));
  Lock.take(folder, 'other').release();
  t.equal(isTaken(folder, 'net'), true);
  lock.release();
  t.equal(isTaken(folder, 'net'), false);
  t.strictSame(readdirSync(folder), []);
});

t.test('the lock of a process that was killed is taken over', async (t) => {
  const folder = t.testdir();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  write(folder, { ...self(), pid: child.pid, started: startOf(child.pid!), token: 'a' });
  t.throws(() => Lock.take(folder, 'net'), new RegExp(`process ${child.pid}`));
  child.kill('SIGKILL');
  await once(child, 'exit');
  Lock.take(folder, 'net').release();
  t.equal(existsSync(fileIn(folder)), false);
});

t.test('a process that has got the number of the owner is not taken for it', async (t) => {
  const folder = t.testdir();
  write(folder, { ...self(), started: '1', token: 'a' });
  Lock.take(folder, 'net').release();
});

t.test('the lock of another machine holds as long as it is renewed', async (t) => {
  const folder = t.testdir();
  write(folder, { ...self(), host: 'elsewhere', token: 'a' });
  t.throws(() => Lock.take(folder, 'net'), /on elsewhere/);
  const old = new Date(Date.now() - 120_000);
  utimesSync(fileIn(folder), old, old);
  Lock.take(folder, 'net').release();
});

t.test('whoever has lost the lock is told, and takes nothing away', async (t) => {
  const folder = t.testdir();
  const lock = Lock.take(folder, 'net');
  write(folder, { ...self(), token: 'another' });
  t.throws(() => lock.beat(), /was taken by another process/);
  lock.release();
  t.match(JSON.parse(readFileSync(fileIn(folder), 'utf8')), { token: 'another' });
});

t.test('a models folder that is not there is one sentence', async (t) => {
  t.throws(() => Lock.take(join(t.testdir(), 'none'), 'net'), /cannot be made \(ENOENT\)/);
});
