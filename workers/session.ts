/**
 * One model version in a worker: a narrow onnxruntime session of one thread and, where there are cores for it, a wide
 * one over several threads. Create, warm up, run, release.
 *
 * run() holds this thread until it is done and cannot be cancelled, and ending the thread or the process
 * inside it aborts the process: see docs/native-lifetimes.md.
 */
import * as ort from 'onnxruntime-node';
import type { Failure } from '../src/errors.ts';
import type { LoadReport, LoadTask, Width } from '../src/thread/messages.ts';
import { openNarrow, openWide, unavailable } from './runtime.ts';
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

type Loaded = Extract<LoadReport, { ok: true }>;

export class Session {
  #report: Loaded;
  #narrow: ort.InferenceSession;
  #wide: ort.InferenceSession | undefined;

  private constructor(narrow: ort.InferenceSession, report: Loaded) {
    this.#narrow = narrow;
    this.#report = report;
  }

  /** Loads the file and warms it up. The failure says what is wrong with the file or the device. */
  static async create(task: LoadTask): Promise<Session | Failure> {
    const opened = await openNarrow(task).catch(unavailable);
    if ('code' in opened) return opened;
    const { session: narrow, file, provider, fallbackReason } = opened;
    const signature = readSignature(narrow, task);
    if ('code' in signature) {
      await narrow.release();
      return signature;
    }
    const session = new Session(narrow, {
      ok: true,
      provider,
      ...(fallbackReason === undefined ? {} : { fallbackReason }),
      ...signature,
      warmUp: [],
    });
    try {
      await session.#prepare(file, task);
      return session;
    } catch (error) {
      await session.release();
      return unavailable(error);
    }
  }

  /** What was found out about the model. */
  get report(): Loaded {
    return this.#report;
  }

  /**
   * Runs `rows` rows; on the narrow session where there is no wide one. `inputs` are in the order of report.inputs,
   * each exactly rows x row elements; they may be views of a SharedArrayBuffer and must not change meanwhile. Returns
   * the outputs in the order of report.outputs; their memory is this caller's own.
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

  async #prepare(file: string, task: LoadTask): Promise<void> {
    const { inputs, maxBatchSize, provider } = this.#report;
    const timed = (width: Width) => async (rows: number) => {
      const zeros = inputs.map((spec) => allocate(spec.datatype, rows * elementsPerRow(spec)));
      const start = performance.now();
      await this.run(zeros, rows, width);
      return performance.now() - start;
    };
    const narrow = await warmUpNarrow({ maxBatchSize, upTo: task.warmUpTo }, timed('narrow'));
    const worthwhile = paying(narrow);
    if (task.warmUpTo === undefined && worthwhile.length < narrow.length) {
      // The run that did not pay has left its activations in the session's arena, 18 MB of them here: begin again.
      await this.#narrow.release();
      this.#narrow = (await openNarrow(task)).session;
      for (const { rows } of worthwhile) await timed('narrow')(rows);
    }
    // After the narrow one: by then the other workers, which have no wide session to warm up, are mostly done.
    if (task.wideThreads > 1 && provider === 'cpu') {
      // It is there for speed alone: without threads or memory for it the narrow one answers. The report shows it.
      this.#wide = await openWide(file, task).catch(() => undefined);
    }
    const wide = this.#wide === undefined ? [] : await warmUpWide(narrow, timed('wide'));
    this.#report = { ...this.#report, warmUp: [...narrow, ...wide] };
  }
}

/** The rows of one input as a view over `bytes`, or over a copy where they are not aligned for the type. */
export function rowsOf(spec: TensorSpec, bytes: Uint8Array, rows: number): TensorView {
  const count = rows * elementsPerRow(spec);
  const aligned = bytes.byteOffset % (bytesPerRow(spec) / elementsPerRow(spec)) === 0;
  return aligned
    ? viewOf(spec.datatype, bytes.buffer, bytes.byteOffset, count)
    : viewOf(spec.datatype, bytes.slice().buffer, 0, count);
}
