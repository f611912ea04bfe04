/** The model versions of this thread, which tasks of the main thread load, open, warm up and unload. */
import { CPU } from '../src/thread/device.ts';
import { imageMisfit } from '../src/image/model-input.ts';
import { rowOf, type RowSpec } from '../src/tensor/tensor.ts';
import type { LoadReport, LoadTask, WarmTask } from '../src/thread/load.ts';
import type { ImageStage } from './image/decode.ts';
import type { PixelSteps } from './image/pixel-steps.ts';
import { IsolatedSession } from './isolation/isolated-session.ts';
import { onRecord } from './running.ts';
import { Session, type ModelSession } from './session.ts';

export interface Instance {
  readonly task: LoadTask;
  readonly session: ModelSession;
  /** Of a model for images: a row of its input. */
  readonly row: RowSpec;
  /** As the image stage writes one. */
  readonly placed: PlacedRow;
}

/** What images become: a row of the input that a model declares, or of the one that its rewritten graph reads. */
export interface PlacedRow {
  readonly row: RowSpec;
  /** Set: what becomes of the pixels. */
  readonly steps?: PixelSteps;
}

export class Instances {
  readonly #byNumber = new Map<number, Instance>();

  get(instance: number): Instance | undefined {
    return this.#byNumber.get(instance);
  }

  /** Loads a version: opens it and runs every bucket. Failures are in the report. */
  load(task: LoadTask, images: ImageStage | undefined): Promise<LoadReport> {
    return this.#take('create', task, images);
  }

  /** Opens a version that another thread has loaded; separate tasks warm up its buckets. Failures are in the report. */
  open(task: LoadTask, images: ImageStage | undefined): Promise<LoadReport> {
    return this.#take('open', task, images);
  }

  /** Runs one batch of made-up rows; returns milliseconds, or undefined when nothing runs. @throws Error when the run fails */
  warm({ instance, rows, width }: WarmTask): Promise<number | undefined> {
    return this.#held(instance).session.warm(rows, width);
  }

  /** Adds the wide session; returns whether there is one now. */
  widen(instance: number): Promise<boolean> {
    return onRecord('load', instance, 0, () => this.#held(instance).session.widen());
  }

  /** Releases the sessions of a version, if it is held. */
  async unload(instance: number): Promise<void> {
    await this.#byNumber.get(instance)?.session.release();
    this.#byNumber.delete(instance);
  }

  async #take(kind: 'create' | 'open', task: LoadTask, images: ImageStage | undefined): Promise<LoadReport> {
    const session = await (!isApart(task)
      ? onRecord('load', task.instance, 0, () => Session[kind](task))
      : IsolatedSession.start(kind, task));
    if ('code' in session) return { ok: false, ...session };
    const row = rowOf(session.report.inputs[0] ?? NO_INPUT);
    const misfit = misfitOf(session, row, task, images);
    if (misfit !== undefined) {
      await session.release();
      return { ok: false, code: 'MODEL_UNAVAILABLE', detail: misfit };
    }
    // A worker that was restarted meanwhile may load the same version twice: the second replaces the first.
    await this.unload(task.instance);
    this.#byNumber.set(task.instance, { task, session, row, placed: placedOf(session, row, task, images) });
    return session.report;
  }

  #held(instance: number): Instance {
    const held = this.#byNumber.get(instance);
    if (held === undefined) throw new Error(`instance ${instance} is not loaded`);
    return held;
  }
}

/** Whether its sessions are in a process of their own, so that this thread only waits for them. */
const isApart = ({ device, isolation }: LoadTask): boolean => device !== CPU || isolation !== undefined;

/** Bytes where there is no room for the floats of the largest batch. */
function placedOf(
  { pixels, report }: ModelSession,
  row: RowSpec,
  { preprocess }: LoadTask,
  images: ImageStage | undefined,
): PlacedRow {
  if (pixels === undefined || preprocess === undefined) return { row };
  const { crop } = preprocess;
  const { steps, to } = pixels;
  const shape = to === 'NCHW' ? [3, crop, crop] : [crop, crop, 3];
  const placed: PlacedRow = { row: { name: row.name, datatype: 'FP32', shape }, steps };
  try {
    images?.begin(report.maxBatchSize, placed.row, preprocess, steps);
    return placed;
  } catch {
    return { row }; // Floats take four times the memory of bytes.
  }
}

const NO_INPUT = { name: 'none', datatype: 'UINT8', shape: [] } as const;

/** Why a model cannot be served with the image preprocessing that it declares; undefined when it can. */
function misfitOf(
  { report }: ModelSession,
  row: RowSpec,
  { preprocess }: LoadTask,
  images: ImageStage | undefined,
): string | undefined {
  if (preprocess === undefined) return undefined;
  const { inputs, outputs, maxBatchSize } = report;
  if (inputs.length !== 1) return `a model for images has one input; this one has ${inputs.length}`;
  if (outputs[0]?.datatype !== 'FP32' && outputs[0]?.datatype !== 'FP64') {
    return `a classifier returns floats; output ${outputs[0]?.name} is ${outputs[0]?.datatype}`;
  }
  const misfit = imageMisfit(row, preprocess);
  if (misfit !== undefined) return `model.json#${misfit}`;
  try {
    images?.begin(maxBatchSize, row, preprocess);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
