/**
 * A worker entry that loads every model at once and answers each entry with the number of its instance, for tests of the
 * bookkeeping around threads.
 */
import type { Loaded, LoadTask } from '../../src/thread/load.ts';
import type { BatchResult, BatchTask, WorkerTask } from '../../src/thread/messages.ts';
import { SLOT_READY, SLOT_RUNNING, slotStateIndex, slotStates } from '../../src/thread/slab-layout.ts';

const loaded = new Set<number>();
let states: Int32Array | undefined;

/** Replaces workers/infer.ts. */
export default async function run(task: WorkerTask): Promise<unknown> {
  switch (task.kind) {
    case 'setup':
      states = slotStates(task.slab);
      return undefined;
    case 'load':
      return reportOf(task);
    case 'open':
      return reportOf(task.load);
    case 'warm':
      return 1;
    case 'widen':
      return false;
    case 'trim':
      return undefined;
    case 'unload':
      return void loaded.delete(task.instance);
    case 'batch':
      return answer(task);
    case 'decode':
      throw new Error('No model here is on a device.');
  }
}

function reportOf({ instance, inputs = [], outputs = [], maxBatchSize }: LoadTask): Loaded {
  loaded.add(instance);
  const warmUp = [{ rows: 1, width: 'narrow', ms: 1 }] as const;
  return {
    ok: true,
    provider: 'cpu',
    inputs,
    outputs,
    maxBatchSize,
    joins: { rows: true },
    opened: { stamp: '', digest: undefined, openFrom: '' },
    openMs: 1,
    payingRows: 1,
    warmUp,
  };
}

function answer({ instance, slot, payload }: BatchTask): BatchResult {
  const claimed = Atomics.compareExchange(states!, slotStateIndex(slot), SLOT_READY, SLOT_RUNNING);
  if (claimed !== SLOT_READY) return { kind: 'cancelled' };
  if (!loaded.has(instance)) return { kind: 'failure', code: 'INTERNAL', detail: 'not loaded' };
  const entries = payload.kind === 'tensors' ? payload.rows : payload.images;
  const data = new Uint8Array(Float32Array.of(instance).buffer);
  const items = entries.map(() => ({ kind: 'outputs', outputs: [{ shape: [1], data }] }) as const);
  return { kind: 'done', items, decodeMs: 0, decodeMsOf: [], inferMs: 1, postMs: 0 };
}
