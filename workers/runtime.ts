/**
 * Creates onnxruntime sessions: provider, threads and options. Only this file and session.ts import onnxruntime-node.
 */
import { rmSync } from 'node:fs';
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
import { areServed } from './served-files.ts';

export interface Opened {
  readonly session: ort.InferenceSession;
  /** The file that was opened, and that the wide session opens too: the model, or its compiled form. */
  readonly file: string;
  readonly provider: string;
  /** Milliseconds that onnxruntime took to open it. */
  readonly openMs: number;
  readonly fallbackReason?: string;
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
      version: `onnxruntime ${version}, aligned`,
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
  return opened && { ...opened, file: form, provider: 'cpu' };
}

/** Writes the optimised model with prepacked weights to `target`. */
async function compile(task: LoadTask, target: string): Promise<void> {
  await write(task, target, MAPPED_FROM_BYTES);
  if (prepackedOffsets(target).every((offset) => offset % ALIGNMENT === 0)) return;
  rmSync(join(dirname(target), WEIGHTS), { force: true });
  await write(task, target, ALIGNED_FROM_BYTES);
}

async function write(task: LoadTask, target: string, mappedFromBytes: number): Promise<void> {
  const session = await create(task, {
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
