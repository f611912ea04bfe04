/**
 * One model version in a worker: a narrow onnxruntime session of one thread and, on one worker, a wide one of several
 * threads.
 *
 * run() blocks this thread and cannot be cancelled. Ending the thread or the process inside it aborts the process: see
 * docs/native-lifetimes.md.
 */
import type * as ort from 'onnxruntime-node';
import type { Failure } from '../src/errors.ts';
import type { Joins, Loaded, LoadTask, Rewrites, Width } from '../src/thread/load.ts';
import type { Output } from '../src/thread/messages.ts';
import { adapterOf } from './device/adapter.ts';
import { differenceOf } from './device/agreement.ts';
import { findJoins } from './independence.ts';
import { noteOn, noteSince } from './served-files.ts';
import { findTrial, pairsOfRows, warmInputs, type Trial } from './probe.ts';
import { onRecord } from './running.ts';
import { CPU } from '../src/thread/device.ts';
import { openNarrow, openReference, openWide, unavailable, type Opened } from './runtime.ts';
import { readSignature, type Signature } from './signature.ts';
import { asDeclared, type RewriteNote } from './graph/note.ts';
import type { PixelInput } from './graph/pixel-input.ts';
import { converterOf } from './graph/pixel-values.ts';
import { runWith, type Run, type Value } from './values.ts';
import { paying, warmUpDevice, warmUpNarrow, warmUpWide } from './warm-up.ts';

/** What a batch and the tasks of a load need of a version, in this thread or in a process of its own. */
export type ModelSession = Pick<Session, 'report' | 'run' | 'warm' | 'widen' | 'release'> & {
  readonly pixels?: PixelInput | undefined;
};

export class Session {
  #report: Loaded;
  #narrow: ort.InferenceSession;
  #wide: ort.InferenceSession | undefined;
  /** The file for the wide session. */
  #file: string;
  readonly #task: LoadTask;
  readonly #signature: Signature;
  /** Made-up inputs that the model runs with: undefined before the first try, null when there are none. */
  #trial: Trial | null | undefined;
  #runs = 0;
  /** Set: its first input takes floats in place of the bytes that the model declares, and either is taken here. */
  pixels: PixelInput | undefined;
  #converted: (value: Value) => Value = unchanged;

  private constructor({ session, file, note }: Opened, task: LoadTask, signature: Signature, report: Loaded) {
    this.#narrow = session;
    this.#file = file;
    this.#pixelsOf(note);
    this.#task = task;
    this.#signature = signature;
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
    const before = task.content === undefined ? noteOn(task.file, false) : UNNOTED;
    const opened = await openNarrow(task).catch(unavailable);
    if ('code' in opened) return opened;
    const { session, provider, openMs, fallbackReason, note } = opened;
    const { inputMetadata, outputMetadata } = session;
    const signature = readSignature(
      { inputMetadata: note === undefined ? inputMetadata : asDeclared(inputMetadata, note), outputMetadata },
      task,
    );
    if ('code' in signature) {
      await session.release();
      return signature;
    }
    const joins = task.joins ?? joinsBefore(signature, task);
    const { inputs, outputs, rowAxis } = signature;
    return new Session(opened, task, signature, {
      ok: true,
      provider,
      adapter: provider === CPU ? undefined : await adapterOf(provider),
      // A form has the digest in its name; what is opened from memory is compared with its digest whenever it is read.
      opened:
        task.content === undefined
          ? { ...noteSince(before, task.file, opened.file === task.file), openFrom: opened.file }
          : { ...UNNOTED, openFrom: opened.file },
      ...rewritesOf(note, task),
      openMs,
      ...(fallbackReason === undefined ? {} : { fallbackReason }),
      inputs,
      outputs,
      maxBatchSize: joins.rows && rowAxis.kind === 'any' ? task.maxBatchSize : 1,
      joins,
      payingRows: task.warmUpTo ?? 1,
      warmUp: [],
    });
  }

  #pixelsOf(note: RewriteNote | undefined): void {
    this.pixels = note?.pixels;
    this.#converted = this.pixels === undefined ? unchanged : converterOf(this.pixels);
  }

  /** What opening and warming up have reported so far. */
  get report(): Loaded {
    return this.#report;
  }

  /**
   * Runs the model; on the narrow session if there is no wide one. `values`: in the order of report.inputs; they may be
   * views of a SharedArrayBuffer and must not change meanwhile. Returns the outputs in the order of report.outputs.
   * @throws Error when the run fails
   */
  async run(values: readonly Value[], width: Width = 'narrow'): Promise<readonly Output[]> {
    const own = this.pixels === undefined ? values : values.map(this.#converted);
    return this.#runOn(width === 'wide' ? (this.#wide ?? this.#narrow) : this.#narrow, own);
  }

  #runOn(session: ort.InferenceSession, values: readonly Value[]): Promise<readonly Output[]> {
    return onRecord('run', this.#task.instance, this.#runs++, () => runWith(session, this.#report, values));
  }

  /** Why its device is lost; undefined while it still runs what it has run before. Asked after a run that has failed. */
  async lost(): Promise<string | undefined> {
    if (this.#report.provider === CPU || this.#trial === null || this.#trial === undefined) return undefined;
    return this.warm(1, 'narrow').then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
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

  /**
   * Runs a batch of made-up rows; the first of a size makes the session plan and allocate. Returns milliseconds; undefined
   * when the model runs with none of the inputs that were tried.
   */
  async warm(rows: number, width: Width): Promise<number | undefined> {
    if (this.#trial === undefined) {
      this.#trial = (await findTrial(this.#signature, rows, (values) => this.run(values))) ?? null;
    }
    if (this.#trial === null) return undefined;
    // What decodes images has floats at once: converting bytes is no part of what a batch of them costs.
    const values = warmInputs(this.#signature, rows, this.#trial).map(this.#converted);
    const start = performance.now();
    await this.run(values, width);
    return performance.now() - start;
  }

  async #prepare(): Promise<void> {
    if (this.#report.provider !== CPU) return this.#prepareOnDevice();
    const { warmUpTo, paysBelow } = this.#task;
    const once = await this.warm(1, 'narrow');
    const joins = await this.#joins((values) => this.run(values));
    const { maxBatchSize } = (this.#report = {
      ...this.#report,
      joins,
      maxBatchSize: joins.rows ? this.#report.maxBatchSize : 1,
    });
    if (once === undefined) return; // Nothing to measure: what it costs is learned from its first requests.
    const narrow = await warmUpNarrow({ maxBatchSize, upTo: warmUpTo, paysBelow }, (rows) =>
      this.#warmed(rows, 'narrow'),
    );
    const worthwhile = paying(narrow, paysBelow);
    if (warmUpTo === undefined && (worthwhile.length < narrow.length || narrow.length === 1)) {
      // A batch that did not pay has left its activations in the session's arena (18 MB measured): open it again.
      await this.#narrow.release();
      const { session, openMs, file, note } = await openNarrow({ ...this.#task, openFrom: this.#file });
      this.#narrow = session;
      this.#file = file; // The model itself, where its form was taken away meanwhile.
      this.#pixelsOf(note);
      this.#report = { ...this.#report, openMs };
      for (const { rows } of worthwhile) await this.warm(rows, 'narrow');
    }
    // After the narrow one: the other workers, which have no wide session, are mostly done by then.
    const wide = (await this.widen()) ? await warmUpWide(narrow, (rows) => this.#warmed(rows, 'wide')) : [];
    const payingRows = worthwhile.at(-1)?.rows ?? 1;
    this.#report = { ...this.#report, payingRows, warmUp: [...narrow, ...wide] };
  }

  /**
   * The CPU finds out what the model runs with, and whether rows may be joined; a device that cannot run that is of no use. A
   * row is run twice there: to be compiled, when it is compared, and to be measured.
   */
  async #prepareOnDevice(): Promise<void> {
    const { warmUpTo, longestRunMs = Infinity, device } = this.#task;
    const reference = await openReference(this.#task);
    try {
      const onCpu: Run = (values) => this.#runOn(reference, values);
      this.#trial = (await findTrial(this.#signature, 1, onCpu)) ?? null;
      const joins = await this.#joins(onCpu);
      const onDevice: Run = (values) => this.run(values);
      const difference = await differenceOf(this.#signature, this.#trial, onDevice, onCpu);
      if (difference !== undefined && difference > MOST_APART) throw new Error(apart(device, difference));
      const maxBatchSize = joins.rows ? this.#report.maxBatchSize : 1;
      this.#report = { ...this.#report, joins, difference, maxBatchSize };
    } finally {
      await reference.release();
    }
    const oneMs = await this.warm(1, 'narrow');
    if (oneMs === undefined) return;
    const { maxBatchSize } = this.#report;
    const plan = { maxBatchSize, upTo: warmUpTo, oneMs, longestMs: longestRunMs };
    const warmUp = await warmUpDevice(plan, (rows) => this.#warmed(rows, 'narrow'));
    this.#report = { ...this.#report, payingRows: paying(warmUp).at(-1)!.rows, warmUp };
  }

  async #warmed(rows: number, width: Width): Promise<number> {
    const ms = await this.warm(rows, width);
    if (ms === undefined) throw new Error('This is a bug: a session that runs nothing is warmed up.');
    return ms;
  }

  /** Finds out whether rows may be joined, unless it is known, or declared. */
  async #joins(run: Run): Promise<Joins> {
    const { rowAxis, outputs } = this.#signature;
    const { joins, batching } = this.#task;
    if (joins !== undefined || rowAxis.kind !== 'any' || batching === 'always') return this.#report.joins;
    const reason =
      'the model could not be run with made-up inputs, so it is not known whether its rows are independent';
    if (this.#trial === null || this.#trial === undefined) return { rows: false, reason };
    const pairs = pairsOfRows(this.#signature, this.#trial);
    return findJoins(pairs, outputs, run).catch(() => ({ rows: false, reason }));
  }
}

/** Of the largest number of an answer. Half-precision and other roundings of integers are within a few hundredths. */
const MOST_APART = 0.1;

const apart = (device: string, difference: number): string =>
  `${device} answers a made-up row otherwise than the CPU does: ` +
  (Number.isFinite(difference)
    ? `apart by ${(difference * 100).toFixed(0)} % of the largest number`
    : 'with NaN or infinity, or another number of values');

const unchanged = (value: Value): Value => value;

/** Without what only this file needs of the note. */
function rewritesOf(note: Rewrites | undefined, { rewritesRefused }: LoadTask): { rewrites?: Rewrites } {
  const { applied = [], reason = rewritesRefused } = note ?? {};
  if (applied.length === 0 && reason === undefined) return {};
  return { rewrites: { applied, ...(reason !== undefined && { reason }) } };
}

/** Nothing is noted of files whose content is known. */
const UNNOTED = { stamp: '', digest: undefined };

/** What the file and model.json alone say. */
function joinsBefore({ rowAxis }: Signature, { batching }: LoadTask): Joins {
  if (rowAxis.kind === 'none') return { rows: false, reason: rowAxis.reason };
  return { rows: batching !== 'never' };
}
