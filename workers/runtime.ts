/**
 * Creates onnxruntime sessions: provider, threads and options. Only this file and session.ts import onnxruntime-node.
 */
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { Failure } from '../src/errors.ts';
import { explained } from '../src/onnx/load-failure.ts';
import { CPU, providerOf } from '../src/thread/device.ts';
import type { LoadTask } from '../src/thread/load.ts';
import { prepackedOffsets } from '../src/onnx/external-data.ts';
import { compiledForm } from './forms/compiled.ts';
import { readContent } from './content.ts';
import { isIntact } from './forms/manifest.ts';
import { faultOfRewrite } from './graph/comparison.ts';
import { noteBeside, writeNote, type RewriteNote } from './graph/note.ts';
import { converterOf } from './graph/pixel-values.ts';
import type { Rewritten } from './graph/rewritten.ts';
import { findTrial } from './probe.ts';
import { readSignature, type Signature } from './signature.ts';
import { runWith, type Run } from './values.ts';
import { areServed } from './served-files.ts';

export interface Opened {
  readonly session: ort.InferenceSession;
  /** The file that was opened, and that the wide session opens too: the model, or its compiled form. */
  readonly file: string;
  readonly provider: string;
  /** Milliseconds that onnxruntime took to open it. */
  readonly openMs: number;
  readonly fallbackReason?: string;
  /** Of a compiled form: what was rewritten in it. */
  readonly note?: RewriteNote | undefined;
}

type Options = ort.InferenceSession.SessionOptions;

/** Runs on the calling thread alone, without a thread pool, so that workers x threads never exceed the cores. */
const narrow = (device: string): Options => ({
  executionProviders: [providerOf(device)],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  // Only what ends the process: a run that an input makes fail is the client's error, and has its own line in the log.
  logSeverityLevel: 4,
});

/**
 * Threads spin while they wait for each other, but only inside a run. At two threads a row took 3.9 ms
 * (EfficientNet-Lite0 in fp32), 5.1 ms without spinning, 7.4 ms on one thread. Spinning between runs as well used 31 ms of
 * CPU in every 100 ms after a run and gained nothing: docs/performance/tried-session.md.
 *
 * A new session spins too, until its first run: by default for some 30 ms, which held up requests that other threads served
 * by as much while a model was loaded. Half a millisecond bridges the steps of a run as well (4.2 and 4.3 ms, int8).
 */
const wide = (threads: number): Options => ({
  ...narrow('cpu'),
  intraOpNumThreads: threads,
  extra: {
    session: { intra_op: { allow_spinning: '1', spin_duration_us: '500' }, force_spinning_stop: '1' },
  },
});

/** The file of a compiled form that its weights are in. */
const WEIGHTS = 'weights.bin';

/** For compiled forms, which are optimised already: optimising again would unpack the prepacked weights. */
const NO_OPTIMIZATION: Options = { graphOptimizationLevel: 'disabled' };

/** Part of the name of a form: others were rewritten otherwise. */
const REWRITTEN = 'rewritten 1';

/** Tensors of at least so many bytes are written to a separate file, from which they are mapped. */
const MAPPED_FROM_BYTES = 1024;

/**
 * onnxruntime aligns what it writes there only from this size on. Kernels read prepacked weights with instructions that
 * need alignment: of 30 models from PyPI 4 ended the process by SIGSEGV with a smaller limit.
 */
const ALIGNED_FROM_BYTES = 1024 * 1024;

/** Bytes: what kernels are written for. */
const ALIGNMENT = 64;

/**
 * Opens the narrow session, from the compiled form where there is one. @throws Error of onnxruntime: the file is invalid,
 * or the provider is not available and no fallback is allowed
 */
export async function openNarrow(task: LoadTask): Promise<Opened> {
  const { file, device } = task;
  const compiled = (await openServed(task)) ?? (await openCompiled(task));
  if (compiled !== undefined) return compiled;
  try {
    return { ...(await timed(() => create(task, narrow(device)))), file, provider: device };
  } catch (error) {
    // onnxruntime throws for a provider that is not available, even if cpu is listed after it.
    if (device === 'cpu' || task.deviceFallback === 'error') throw error;
    const opened = await timed(() => create(task, narrow('cpu')));
    return { ...opened, file, provider: 'cpu', fallbackReason: sentenceOf(error) };
  }
}

async function timed(open: () => Promise<ort.InferenceSession>): Promise<Pick<Opened, 'session' | 'openMs'>> {
  const start = performance.now();
  const session = await open();
  return { session, openMs: performance.now() - start };
}

/** Opens the model on the CPU, whatever its device: to compare with. @throws Error of onnxruntime */
export const openReference = (task: LoadTask): Promise<ort.InferenceSession> => create(task, narrow(CPU));

/** Opens the model itself: its file, or the bytes of it that were verified or decrypted. */
async function create({ file, content }: LoadTask, options: Options): Promise<ort.InferenceSession> {
  if (content === undefined) return ort.InferenceSession.create(file, options);
  const { model, external } = readContent(file, content);
  try {
    return await ort.InferenceSession.create(model, { ...options, externalData: external });
  } finally {
    // onnxruntime has copies of its own.
    for (const bytes of [model, ...external.map(({ data }) => data)]) bytes.fill(0);
  }
}

/** Opens the wide session, on the CPU. `file`: as openNarrow() returned it. @throws Error of onnxruntime */
export const openWide = (file: string, task: LoadTask): Promise<ort.InferenceSession> =>
  file === task.file
    ? create(task, wide(task.wideThreads))
    : ort.InferenceSession.create(file, { ...wide(task.wideThreads), ...NO_OPTIMIZATION });

async function openCompiled(task: LoadTask): Promise<Opened | undefined> {
  const { file, device, compiledFolder, openFrom, content } = task;
  if (compiledFolder === undefined || device !== 'cpu' || openFrom === file) return undefined;
  if (content !== undefined && content.formSecret === undefined) return undefined;
  const { node: version } = ort.env.versions;
  const form =
    openFrom ??
    (await compiledForm(file, compiledFolder, {
      version: `onnxruntime ${version}, aligned${task.graphRewrites === true ? `, ${REWRITTEN}` : ''}`,
      compile: (target) => compile(task, target),
      content,
    }));
  if (form === undefined || (content !== undefined && !isIntact(dirname(form), content.formSecret)))
    return undefined;
  return openForm(form);
}

/** The compiled form that the other threads serve, also when the files have changed since. @throws Error without it, then */
async function openServed({ file, served, content }: LoadTask): Promise<Opened | undefined> {
  if (served === undefined) return undefined;
  if (served.openFrom !== file && isIntact(dirname(served.openFrom), content?.formSecret)) {
    const opened = await openForm(served.openFrom);
    if (opened !== undefined) return opened;
  }
  // What is opened from memory is compared with its digests anyway.
  if (content !== undefined || areServed(file, served)) return undefined;
  throw new Error(`${file} has changed since it was loaded`);
}

async function openForm(form: string): Promise<Opened | undefined> {
  const options = { ...narrow('cpu'), ...NO_OPTIMIZATION };
  const opened = await timed(() => ort.InferenceSession.create(form, options)).catch(() => undefined);
  return opened && { ...opened, file: form, provider: 'cpu', note: noteBeside(form) };
}

/** Writes the optimised model with prepacked weights to `target`: rewritten before, where that is proven to change nothing. */
async function compile(task: LoadTask, target: string): Promise<void> {
  const open: Opener = (options) => create(task, options);
  const note = task.graphRewrites === true ? await compileRewritten(task, target, open) : undefined;
  if (note === undefined || note.applied.length === 0) await compileAs(open, target);
  if (note !== undefined) writeNote(target, note);
}

/** Opens the model, or what is to take its place. */
type Opener = (options: Options) => Promise<ort.InferenceSession>;

/** Undefined where there is nothing to rewrite; with a reason, and nothing at `target`, where the result is not to be used. */
async function compileRewritten(
  task: LoadTask,
  target: string,
  open: Opener,
): Promise<RewriteNote | undefined> {
  let original: ort.InferenceSession | undefined;
  try {
    const change = await changeOf(task);
    if (change === undefined) return undefined;
    original = await open(narrow('cpu'));
    const signature = readSignature(original, task);
    if ('code' in signature) return undefined; // Nobody opens it.
    await compileAs((options) => ort.InferenceSession.create(change.bytes, options), target);
    const fault = await faultOfForm(target, change, original, signature);
    const { applied, pixels } = change;
    if (fault === undefined) {
      const declared = original.inputMetadata.find(({ name }) => name === pixels.name);
      return { applied, pixels, ...(declared !== undefined && { declared }) };
    }
    return refused(target, fault);
  } catch (error) {
    return refused(target, sentenceOf(error));
  } finally {
    await original?.release();
  }
}

function refused(target: string, reason: string): RewriteNote {
  for (const file of [target, join(dirname(target), WEIGHTS)]) rmSync(file, { force: true });
  return { applied: [], reason };
}

/** What reads and changes graphs is loaded by the thread that compiles one. */
async function changeOf({ file, content }: LoadTask): Promise<Rewritten | undefined> {
  const { rewritten } = await import('./graph/rewritten.ts');
  return rewritten(content === undefined ? readFileSync(file) : readContent(file, content).model);
}

/** Why the form at `target` is not to take the place of the model; undefined: both answer the same. */
async function faultOfForm(
  target: string,
  { pixels }: Rewritten,
  original: ort.InferenceSession,
  signature: Signature,
): Promise<string | undefined> {
  const onOriginal: Run = (values) => runWith(original, signature, values);
  const trial = await findTrial(signature, 1, onOriginal);
  if (trial === undefined)
    return 'the model could not be run with made-up inputs, so it is not known whether it answers the same';
  const session = await ort.InferenceSession.create(target, { ...narrow('cpu'), ...NO_OPTIMIZATION });
  try {
    const converted = converterOf(pixels);
    return await faultOfRewrite(signature, trial, {
      original: onOriginal,
      rewritten: (values) => runWith(session, signature, values.map(converted)),
    });
  } finally {
    await session.release();
  }
}

async function compileAs(open: Opener, target: string): Promise<void> {
  await write(open, target, MAPPED_FROM_BYTES);
  if (prepackedOffsets(target).every((offset) => offset % ALIGNMENT === 0)) return;
  rmSync(join(dirname(target), WEIGHTS), { force: true });
  await write(open, target, ALIGNED_FROM_BYTES);
}

async function write(open: Opener, target: string, mappedFromBytes: number): Promise<void> {
  const session = await open({
    ...narrow('cpu'),
    optimizedModelFilePath: target,
    extra: {
      session: {
        optimized_model_external_initializers_file_name: WEIGHTS,
        optimized_model_external_initializers_min_size_in_bytes: String(mappedFromBytes),
        save_external_prepacked_constant_initializers: '1',
      },
    },
  });
  await session.release();
}

export const unavailable = (error: unknown): Failure => ({
  code: 'MODEL_UNAVAILABLE',
  detail: sentenceOf(error),
});

const sentenceOf = (error: unknown): string =>
  explained(error instanceof Error ? error.message : String(error));
