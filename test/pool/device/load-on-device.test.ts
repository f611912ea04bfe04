import t from 'tap';
import { loadOnDevice, orOnCpu } from '../../../src/pool/device/load-on-device.ts';
import type { ModelTask, PoolWorker } from '../../../src/pool/worker.ts';
import type { Loaded } from '../../../src/thread/load.ts';
import { FakeClock, settled } from '../../support/fake-clock.ts';
import { affineRows, loadTask } from '../../support/test-pool.ts';
import { affine } from '../../support/tiny-models.ts';

const LIMITS = { wedgedAfterMs: 1000, loadWedgedAfterMs: 10_000 };

const taskOn = (device: string, deviceFallback: 'error' | 'cpu' = 'error'): ModelTask => ({
  ...loadTask('model.onnx', affine()),
  device,
  deviceFallback,
});

const report = (provider: string): Loaded => ({
  ok: true,
  provider,
  inputs: [],
  outputs: [],
  maxBatchSize: 8,
  joins: { rows: true },
  opened: { stamp: '', digest: undefined, openFrom: 'model.onnx' },
  openMs: 1,
  payingRows: 4,
  warmUp: [],
});

t.test('what fails on its device is loaded on the CPU where it may, and says why', async (t) => {
  const tasks: ModelTask[] = [];
  const onCpu = async (task: ModelTask): Promise<{ report: Loaded }> => {
    tasks.push(task);
    return { report: report('cpu') };
  };
  const fails = (): Promise<never> => Promise.reject(new Error('no adapter'));
  const loaded = await orOnCpu({ ...taskOn('webgpu', 'cpu'), warmUpTo: 64 }, fails, onCpu);
  t.match(loaded.report, { provider: 'cpu', fallbackReason: 'no adapter' });
  t.match(tasks, [{ device: 'cpu', warmUpTo: undefined }], 'the batch sizes of the device do not hold');
  await t.rejects(orOnCpu(taskOn('webgpu'), fails, onCpu), { message: 'no adapter' });
  t.equal(tasks.length, 1);
});

t.test('what is for the CPU never asks a device', async (t) => {
  const never = (): Promise<never> => Promise.reject(new Error('asked'));
  const loaded = await orOnCpu(taskOn('cpu'), never, async () => ({ report: report('cpu') }));
  t.notOk('fallbackReason' in loaded.report);
});

t.test('a run and a load end with their process before a thread would be taken for wedged', async (t) => {
  let sent: ModelTask | undefined;
  const worker = {
    loadAside: async (task: ModelTask) => {
      sent = task;
      return report('webgpu');
    },
  } as unknown as PoolWorker;
  const { again } = await loadOnDevice(worker, taskOn('webgpu', 'cpu'), LIMITS, new FakeClock());
  t.match(sent, { isolation: { killAfterMs: 900, killLoadAfterMs: 9000 }, deviceFallback: 'error' });
  t.match(again, { warmUpTo: 4, joins: { rows: true }, served: { openFrom: 'model.onnx' } });
});

t.test('an examination waits for room beside the batches of others', async (t) => {
  const clock = new FakeClock();
  let holding = 2;
  let ran = 0;
  const worker = {
    loadAside: async () => report('webgpu'),
    get holding() {
      return holding;
    },
    run: () => {
      ran++;
      return { outcome: Promise.resolve({ kind: 'done', items: [{ kind: 'outputs', outputs: [] }] }) };
    },
  } as unknown as PoolWorker;
  const loading = loadOnDevice(worker, taskOn('webgpu'), LIMITS, clock, async (_, run) => {
    await run(affineRows(1)[0]!);
  });
  await settled();
  t.equal(ran, 0);
  holding = 1;
  clock.advance(5);
  await loading;
  t.equal(ran, 1);
});
