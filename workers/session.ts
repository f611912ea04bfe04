/**
 * One model version in a worker: a narrow onnxruntime session of one thread and, on one worker, a wide one of several
 * threads.
 *
 * run() blocks this thread and cannot be cancelled. Ending the thread or the process inside it aborts the process: see
 * docs/native-lifetimes.md.
 */
import * as ort from 'onnxruntime-node';
import type { Failure } from '../src/errors.ts';
import type { Loaded, LoadTask, Width } from '../src/thread/load.ts';
import { openNarrow, openWide, unavailable, type Opened } from './runtime.ts';
import { readSignature } from './signature.ts';
import {
  allocate,
  bytesPerRow,
  elementsPerRow,
  onnxTypeOf,
  viewOf,
  type TensorSpec,
  type TensorView,
} from '../src/tensor/tensor.ts';
import { paying, warmUpNarrow, warmUpWide } from './warm-up.ts';

export class Session {
  #report: Loaded;
  #narrow: ort.InferenceSession;
  #wide: ort.InferenceSession | undefined;
  /** The file for the wide session. */
  readonly #file: string;
  readonly #task: LoadTask;

  private constructor({ session, file }: Opened, task: LoadTask, report: Loaded) {
    this.#narrow = session;
    this.#file = file;
    this.#task = task;
    this.#report = report;
  }

  /** Opens the sessions and warms them up. Returns a MODEL_UNAVAILABLE failure when the file or the device is wrong. */
  static async create(task: LoadTask): Promise<Session | Failure> {
    const session = await Session.open(task);
    if ('code' in session) return session;
    try {
      await session.#prepare();
      return session;
    } catch (error) {
      await session.release();
      return unavailable(error);
    }
  }

  /** Opens only the narrow session, and runs nothing. Returns a MODEL_UNAVAILABLE failure as create() does. */
  static async open(task: LoadTask): Promise<Session | Failure> {
    const opened = await openNarrow(task).catch(unavailable);
    if ('code' in opened) return opened;
    const { session, provider, openMs, fallbackReason } = opened;
    const signature = readSignature(session, task);
    if ('code' in signature) {
      await session.release();
      return signature;
    }
    return new Session(opened, task, {
      ok: true,
      provider,
      openFrom: opened.file,
      openMs,
      ...(fallbackReason === undefined ? {} : { fallbackReason }),
      ...signature,
      payingRows: task.warmUpTo ?? 1,
      warmUp: [],
    });
  }

  /** What opening and warming up have reported so far. */
  get report(): Loaded {
    return this.#report;
  }

  /**
   * Runs `rows` rows; on the narrow session if there is no wide one. `inputs`: in the order of report.inputs, each with
   * rows x elements of a row; they may be views of a SharedArrayBuffer and must not change meanwhile. Returns the outputs
   * in the order of report.outputs, in memory of their own. @throws Error when the run fails or an output has another
   * number of rows
   */
  async run(
    inputs: readonly TensorView[],
    rows: number,
    width: Width = 'narrow',
  ): Promise<readonly TensorView[]> {
    const feeds: Record<string, ort.Tensor> = {};
    this.report.inputs.forEach((spec, index) => {
      feeds[spec.name] = new ort.Tensor(
        onnxTypeOf(spec.datatype) as 'float32',
        inputs[index] as Float32Array,
        [rows, ...spec.shape],
      );
    });
    const session = width === 'wide' ? (this.#wide ?? this.#narrow) : this.#narrow;
    const results = await session.run(feeds);
    return this.report.outputs.map((spec) => {
      const tensor = results[spec.name];
      if (tensor === undefined || tensor.size !== rows * elementsPerRow(spec)) {
        throw new Error(`output ${spec.name} has shape [${tensor?.dims.join()}], which is not ${rows} rows`);
      }
      return tensor.data as TensorView;
    });
  }

  async release(): Promise<void> {
    await this.#narrow.release();
    await this.#wide?.release();
  }

  /**
   * Adds the wide session, if the task sets one and the model runs on the CPU. Returns whether there is one. It is optional:
   * when it cannot be opened, batches run on the narrow one.
   */
  async widen(): Promise<boolean> {
    if (this.#task.wideThreads > 1 && this.#report.provider === 'cpu') {
      this.#wide = await openWide(this.#file, this.#task).catch(() => undefined);
    }
    return this.#wide !== undefined;
  }

  /** Runs a batch of zeros; the first of a size makes the session plan and allocate. Returns milliseconds. */
  async warm(rows: number, width: Width): Promise<number> {
    const zeros = this.#report.inputs.map((spec) => allocate(spec.datatype, rows * elementsPerRow(spec)));
    const start = performance.now();
    await this.run(zeros, rows, width);
    return performance.now() - start;
  }

  async #prepare(): Promise<void> {
    const { maxBatchSize } = this.#report;
    const { warmUpTo } = this.#task;
    const narrow = await warmUpNarrow({ maxBatchSize, upTo: warmUpTo }, (rows) => this.warm(rows, 'narrow'));
    const worthwhile = paying(narrow);
    if (warmUpTo === undefined && worthwhile.length < narrow.length) {
      // The bucket that did not pay has left its activations in the session's arena (18 MB measured): open it again.
      await this.#narrow.release();
      const { session, openMs } = await openNarrow({ ...this.#task, openFrom: this.#file });
      this.#narrow = session;
      this.#report = { ...this.#report, openMs };
      for (const { rows } of worthwhile) await this.warm(rows, 'narrow');
    }
    // After the narrow one: the other workers, which have no wide session, are mostly done by then.
    const wide = (await this.widen()) ? await warmUpWide(narrow, (rows) => this.warm(rows, 'wide')) : [];
    const payingRows = worthwhile.at(-1)?.rows ?? 1;
    this.#report = { ...this.#report, payingRows, warmUp: [...narrow, ...wide] };
  }
}

/** Returns the rows of one input as a view over `bytes`, or over a copy where they are not aligned for the type. */
export function rowsOf(spec: TensorSpec, bytes: Uint8Array, rows: number): TensorView {
  const count = rows * elementsPerRow(spec);
  const aligned = bytes.byteOffset % (bytesPerRow(spec) / elementsPerRow(spec)) === 0;
  return aligned
    ? viewOf(spec.datatype, bytes.buffer, bytes.byteOffset, count)
    : viewOf(spec.datatype, bytes.slice().buffer, 0, count);
}
