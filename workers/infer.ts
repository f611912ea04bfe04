/**
 * The entry of a worker thread: one task in, one result out. Owns the thread's sessions, slab and image stage.
 *
 * Runs one task at a time: onnxruntime and sharp yield to the event loop, so two tasks would otherwise interleave at every
 * await. Failures are values; nothing is thrown across the thread boundary. Models are not loaded while this module loads,
 * because Piscina waits forever for a module that throws there.
 */
import { setPriority } from 'node:os';
import { saveCode } from '../src/disk/code-cache.ts';
import { CPU } from '../src/thread/device.ts';
import type { SetupTask } from '../src/thread/load.ts';
import type { BatchResult, BatchTask, WorkerTask } from '../src/thread/messages.ts';
import {
  SLOT_DONE,
  SLOT_READY,
  SLOT_RUNNING,
  slotBody,
  slotStateIndex,
  slotStates,
} from '../src/thread/slab-layout.ts';
import { decodeShare, runDecoded, type Kept } from './batch/decoded.ts';
import { runImages } from './batch/images.ts';
import { runOccluded } from './batch/occluded.ts';
import { runTensors } from './batch/tensors.ts';
import { ImageStage } from './image/decode.ts';
import { Instances, type Instance } from './instances.ts';
import { trimMemory } from './memory.ts';
import { ProcessDied } from './isolation/process-died.ts';
import { keepRecord } from './running.ts';

/** Nice value of a thread that loads models while others serve: it gets about a tenth of a contended core. */
const BACKGROUND_PRIORITY = 10;

const instances = new Instances();
/** Of versions whose images this thread decodes for a device. */
const decoding: Kept = new Map();
let slab: SharedArrayBuffer | undefined;
let stage: ImageStage | undefined;
let last: Promise<unknown> = Promise.resolve();

export default function run(task: WorkerTask): Promise<unknown> {
  // Another process does it: batches go on meanwhile.
  if (task.kind === 'load' && task.device !== CPU) return perform(task);
  const result = last.then(() => perform(task));
  last = result;
  return result;
}

async function perform(task: WorkerTask): Promise<unknown> {
  try {
    switch (task.kind) {
      case 'setup':
        return await setup(task);
      case 'load':
        return await instances.load(task, stage);
      case 'open':
        return await instances.open(task.load, stage);
      case 'warm':
        return await instances.warm(task);
      case 'widen':
        return await instances.widen(task.instance);
      case 'decode':
        return await decodeShare(task, stage!, decoding);
      case 'unload':
        decoding.delete(task.instance);
        return await instances.unload(task.instance);
      case 'trim':
        return await trimMemory();
      case 'batch':
        return await runBatch(task);
    }
  } catch (error) {
    if (error instanceof ProcessDied) return { kind: 'failure', ok: false, ...error.failure };
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failure', ok: false, code: 'INTERNAL', detail };
  }
}

async function setup(task: SetupTask): Promise<void> {
  // On Linux, process id 0 means the calling thread, not the process.
  if (task.background === true && process.platform === 'linux') setPriority(0, BACKGROUND_PRIORITY);
  keepRecord(task.record);
  slab = task.slab;
  stage = await ImageStage.create({ decoder: task.decoder, maxImagePixels: task.maxImagePixels });
  setImmediate(saveCode);
}

async function runBatch(task: BatchTask): Promise<BatchResult> {
  const instance = instances.get(task.instance);
  if (slab === undefined || stage === undefined || instance === undefined) {
    return { kind: 'failure', code: 'INTERNAL', detail: `instance ${task.instance} is not loaded` };
  }
  const states = slotStates(slab);
  const slot = slotStateIndex(task.slot);
  const claimed = Atomics.compareExchange(states, slot, SLOT_READY, SLOT_RUNNING);
  if (claimed !== SLOT_READY) return { kind: 'cancelled' };
  const bytes = task.body === undefined ? slotBody(slab, task.slot) : new Uint8Array(task.body);
  const result = await runPayload(task, instance, stage, bytes);
  Atomics.compareExchange(states, slot, SLOT_RUNNING, SLOT_DONE);
  return result;
}

function runPayload(
  { payload, width, signals }: BatchTask,
  instance: Instance,
  images: ImageStage,
  bytes: Uint8Array,
): Promise<BatchResult> {
  if (payload.kind === 'tensors') return runTensors(instance, width, bytes, payload);
  if (payload.kind === 'decoded') return runDecoded(instance, width, payload);
  const [first] = payload.images;
  if (first?.occluded === undefined)
    return runImages(instance, images, width, bytes, payload.images, signals);
  return runOccluded(instance, images, width, bytes, first, first.occluded);
}
