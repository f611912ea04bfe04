/**
 * The entry of a worker thread: one task in, one result out. Owns this thread's sessions, its slab and its
 * image stage.
 *
 * One task at a time: onnxruntime and sharp both yield to the event loop, so two delivered tasks would
 * otherwise run in turns at every await. Failures are values; nothing is thrown across the thread. No model is
 * loaded while this module loads: a module that throws there leaves Piscina waiting for ever.
 */
import type { Failure } from '../src/errors.ts';
import { imageMisfit } from '../src/image/model-input.ts';
import {
  SLOT_READY,
  SLOT_RUNNING,
  slotBody,
  slotStateIndex,
  slotStates,
  type BatchResult,
  type BatchTask,
  type ItemResult,
  type LoadReport,
  type LoadTask,
  type SetupTask,
  type Width,
  type WorkerTask,
} from '../src/thread/messages.ts';
import { elementsPerRow } from '../src/tensor/tensor.ts';
import { ImageStage } from './image/decode.ts';
import { topClasses } from './postprocess.ts';
import { rowsOf, Session } from './session.ts';

interface Instance {
  readonly task: LoadTask;
  readonly session: Session;
}

const instances = new Map<number, Instance>();
let slab: SharedArrayBuffer | undefined;
let stage: ImageStage | undefined;
let last: Promise<unknown> = Promise.resolve();

export default function run(task: WorkerTask): Promise<unknown> {
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
        return await load(task);
      case 'unload':
        await instances.get(task.instance)?.session.release();
        return void instances.delete(task.instance);
      case 'batch':
        return await runBatch(task);
    }
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: 'failure', ok: false, code: 'INTERNAL', detail };
  }
}

async function setup(task: SetupTask): Promise<void> {
  slab = task.slab;
  stage = await ImageStage.create({ decoder: task.decoder, maxImagePixels: task.maxImagePixels });
}

async function load(task: LoadTask): Promise<LoadReport> {
  const session = await Session.create(task);
  if ('code' in session) return { ok: false, ...session };
  const misfit = misfitOf(session, task);
  if (misfit !== undefined) {
    await session.release();
    return { ok: false, code: 'MODEL_UNAVAILABLE', detail: misfit };
  }
  // A version that is loaded again, into a worker that was brought back meanwhile, replaces itself.
  await instances.get(task.instance)?.session.release();
  instances.set(task.instance, { task, session });
  return session.report;
}

/** Why a model that declares image preprocessing cannot have it, if so: it is told now, not to every client. */
function misfitOf({ report }: Session, { preprocess }: LoadTask): string | undefined {
  if (preprocess === undefined) return undefined;
  const { inputs, outputs, maxBatchSize } = report;
  if (inputs.length > 1) return `a model for images has one input; this one has ${inputs.length}`;
  if (outputs[0]?.datatype !== 'FP32' && outputs[0]?.datatype !== 'FP64') {
    return `a classifier gives floats; output ${outputs[0]?.name} is ${outputs[0]?.datatype}`;
  }
  const misfit = imageMisfit(inputs[0]!, preprocess);
  if (misfit !== undefined) return `model.json#${misfit}`;
  try {
    stage?.begin(maxBatchSize, inputs[0]!, preprocess);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function runBatch(task: BatchTask): Promise<BatchResult> {
  const instance = instances.get(task.instance);
  if (slab === undefined || stage === undefined || instance === undefined) {
    return { kind: 'failure', code: 'INTERNAL', detail: `instance ${task.instance} is not loaded` };
  }
  const claimed = Atomics.compareExchange(
    slotStates(slab),
    slotStateIndex(task.slot),
    SLOT_READY,
    SLOT_RUNNING,
  );
  if (claimed !== SLOT_READY) return { kind: 'cancelled' };
  const bytes = task.body === undefined ? slotBody(slab, task.slot) : new Uint8Array(task.body);
  return task.payload.kind === 'images'
    ? classify(instance, stage, task.width, bytes, task.payload.images)
    : infer(instance, task.width, bytes, task.payload.inputs, task.payload.rows);
}

type Images = Extract<BatchTask['payload'], { kind: 'images' }>['images'];
type Rows = Extract<BatchTask['payload'], { kind: 'rows' }>;

/** Decodes image by image into the batch tensor, then runs those that decoded; a bad image fails alone. */
async function classify(
  { task, session }: Instance,
  images: ImageStage,
  width: Width,
  bytes: Uint8Array,
  items: Images,
): Promise<BatchResult> {
  const [input] = session.report.inputs;
  const [output] = session.report.outputs;
  const started = performance.now();
  images.begin(items.length, input!, task.preprocess!);
  const failures: (Failure | undefined)[] = [];
  const decodeMsOf: number[] = [];
  let decoded = started;
  let rows = 0;
  for (const { offset, length, header } of items) {
    const placed = images.place(rows, bytes.subarray(offset, offset + length), header);
    const failure = placed instanceof Promise ? await placed : placed;
    failures.push(failure);
    const now = performance.now();
    decodeMsOf.push(now - decoded);
    decoded = now;
    if (failure === undefined) rows++;
  }
  const scores = rows === 0 ? undefined : (await session.run([images.batch(rows)], rows, width))[0];
  const inferred = performance.now();
  const classes = elementsPerRow(output!);
  let row = 0;
  const results = items.map(({ topK }, index): ItemResult => {
    const failure = failures[index];
    if (failure !== undefined) return { kind: 'failure', ...failure };
    return topClasses(scores as Float32Array, row++ * classes, classes, topK, task.softmax);
  });
  return {
    kind: 'done',
    items: results,
    decodeMs: decoded - started,
    decodeMsOf,
    inferMs: inferred - decoded,
    postMs: performance.now() - inferred,
  };
}

/** Runs rows as they lie in the slab, without a copy, and cuts the outputs up again by entry. */
async function infer(
  { session }: Instance,
  width: Width,
  bytes: Uint8Array,
  spans: Rows['inputs'],
  rowsOfEntry: Rows['rows'],
): Promise<BatchResult> {
  const { inputs, outputs } = session.report;
  const rows = rowsOfEntry.reduce((sum, count) => sum + count, 0);
  const started = performance.now();
  const views = inputs.map((spec, index) => {
    const { offset, length } = spans[index]!;
    return rowsOf(spec, bytes.subarray(offset, offset + length), rows);
  });
  const results = await session.run(views, rows, width);
  const inferred = performance.now();
  let from = 0;
  const items = rowsOfEntry.map((count): ItemResult => {
    const cut = outputs.map((spec, index) => {
      const elements = elementsPerRow(spec);
      return results[index]!.slice(from * elements, (from + count) * elements).buffer;
    });
    from += count;
    return { kind: 'outputs', outputs: cut };
  });
  return {
    kind: 'done',
    items,
    decodeMs: 0,
    decodeMsOf: [],
    inferMs: inferred - started,
    postMs: performance.now() - inferred,
  };
}
