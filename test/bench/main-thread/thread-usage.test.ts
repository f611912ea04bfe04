import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { serverOf, threadUsage } from '../../../bench/main-thread/thread-usage.ts';

/** Milliseconds of processor time of this thread. */
const ownMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

const linux = process.platform === 'linux';

t.test('the first thread is told from the others', { skip: !linux && 'there is no /proc' }, async (t) => {
  const before = threadUsage(process.pid);
  const began = ownMs();
  while (ownMs() < began + 60);
  const between = threadUsage(process.pid);
  t.ok(between.mainMs - before.mainMs >= 55, 'its own time');
  const code = `const { threadCpuUsage } = process;
    const at = threadCpuUsage().user; while (threadCpuUsage().user < at + 60_000);
    require('node:worker_threads').parentPort.postMessage(0);`;
  const worker = new Worker(code, { eval: true });
  await once(worker, 'message');
  const after = threadUsage(process.pid);
  await worker.terminate();
  t.ok(after.othersMs - between.othersMs >= 55, 'that of a worker');
  t.ok(after.sleeps > between.sleeps, 'this one slept meanwhile');
});

t.test('the server is the process with most threads', { skip: !linux && 'there is no /proc' }, async (t) => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  t.equal(serverOf([child.pid!, process.pid]), process.pid);
  child.kill();
  await once(child, 'exit');
});
