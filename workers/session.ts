/**
 * One onnxruntime session: create, warm up, run, release. The only door to onnxruntime-node.
 *
 * run() holds this thread until it is done and cannot be cancelled, and ending the thread or the process
 * inside it aborts the process: see docs/native-lifetimes.md.
 */
import * as ort from 'onnxruntime-node';
import type { Failure } from '../src/errors.ts';
import type { LoadReport, LoadTask } from '../src/messages.ts';
import { readSignature } from './signature.ts';
import {
  allocate,
  bytesPerRow,
  elementsPerRow,
  onnxTypeOf,
  viewOf,
  type TensorSpec,
  type TensorView,
} from '../src/tensor.ts';

type Loaded = Extract<LoadReport, { ok: true }>;

export class Session {
  readonly report: Loaded;
  readonly #session: ort.InferenceSession;

  private constructor(session: ort.InferenceSession, report: Loaded) {
    this.#session = session;
    this.report = report;
  }

  /** Loads the file and runs every bucket twice. The failure says what is wrong with the file or the device. */
  static async create(task: LoadTask): Promise<Session | Failure> {
    const opened = await open(task).catch(unavailable);
    if ('code' in opened) return opened;
    const session = await Session.#prepare(opened, task).catch(unavailable);
    if ('code' in session) await opened.session.release();
    return session;
  }

  static async #prepare(
    { session, provider, fallbackReason }: Opened,
    task: LoadTask,
  ): Promise<Session | Failure> {
    const signature = readSignature(session, task);
    if ('code' in signature) return signature;
    const report: Loaded = {
      ok: true,
      provider,
      ...(fallbackReason === undefined ? {} : { fallbackReason }),
      ...signature,
      warmUp: [],
    };
    const warmUp = await new Session(session, report).#warmUp();
    return new Session(session, { ...report, warmUp });
  }

  /**
   * Runs `rows` rows. `inputs` are in the order of report.inputs, each exactly rows x row elements; they may
   * be views of a SharedArrayBuffer and must not change meanwhile. Returns the outputs in the order of
   * report.outputs; their memory is this caller's own.
   */
  async run(inputs: readonly TensorView[], rows: number): Promise<readonly TensorView[]> {
    const feeds: Record<string, ort.Tensor> = {};
    this.report.inputs.forEach((spec, index) => {
      feeds[spec.name] = new ort.Tensor(
        onnxTypeOf(spec.datatype) as 'float32',
        inputs[index] as Float32Array,
        [rows, ...spec.shape],
      );
    });
    const results = await this.#session.run(feeds);
    return this.report.outputs.map((spec) => {
      const tensor = results[spec.name];
      if (tensor === undefined || tensor.size !== rows * elementsPerRow(spec)) {
        throw new Error(`output ${spec.name} has shape [${tensor?.dims.join()}], which is not ${rows} rows`);
      }
      return tensor.data as TensorView;
    });
  }

  release(): Promise<void> {
    return this.#session.release();
  }

  async #warmUp(): Promise<Loaded['warmUp']> {
    const warmUp = [];
    for (const rows of bucketsUpTo(this.report.maxBatchSize)) {
      const inputs = this.report.inputs.map((spec) => allocate(spec.datatype, rows * elementsPerRow(spec)));
      await this.run(inputs, rows); // The first run of a shape allocates and plans; only the second is its cost.
      const start = performance.now();
      await this.run(inputs, rows);
      warmUp.push({ rows, ms: performance.now() - start });
    }
    return warmUp;
  }
}

/** 1, 2, 4, ... and the cap itself. */
function bucketsUpTo(cap: number): number[] {
  const buckets = [];
  for (let rows = 1; rows < cap; rows *= 2) buckets.push(rows);
  return [...buckets, cap];
}

interface Opened {
  readonly session: ort.InferenceSession;
  readonly provider: string;
  readonly fallbackReason?: string;
}

async function open(task: LoadTask): Promise<Opened> {
  // One thread each, no spinning: workers x threads never exceed the cores. Measured on two cores: two
  // spinning two-thread sessions halve the throughput of two one-thread sessions.
  const options = (provider: string): ort.InferenceSession.SessionOptions => ({
    executionProviders: [provider],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    logSeverityLevel: 3,
  });
  try {
    return {
      session: await ort.InferenceSession.create(task.file, options(task.device)),
      provider: task.device,
    };
  } catch (error) {
    // onnxruntime throws for a provider that is not there, even where cpu is listed behind it.
    if (task.device === 'cpu' || task.deviceFallback === 'error') throw error;
    const session = await ort.InferenceSession.create(task.file, options('cpu'));
    return { session, provider: 'cpu', fallbackReason: sentenceOf(error) };
  }
}

const unavailable = (error: unknown): Failure => ({ code: 'MODEL_UNAVAILABLE', detail: sentenceOf(error) });

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The rows of one input as a view over `bytes`, or over a copy where they are not aligned for the type. */
export function rowsOf(spec: TensorSpec, bytes: Uint8Array, rows: number): TensorView {
  const count = rows * elementsPerRow(spec);
  const aligned = bytes.byteOffset % (bytesPerRow(spec) / elementsPerRow(spec)) === 0;
  return aligned
    ? viewOf(spec.datatype, bytes.buffer, bytes.byteOffset, count)
    : viewOf(spec.datatype, bytes.slice().buffer, 0, count);
}
