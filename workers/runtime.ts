/**
 * onnxruntime, as this server uses it: how a session is made, on which provider and with which threads. The only
 * door to onnxruntime-node, with session.ts.
 */
import * as ort from 'onnxruntime-node';
import type { Failure } from '../src/errors.ts';
import type { LoadTask } from '../src/thread/load.ts';
import { compiledForm } from './compiled.ts';

export interface Opened {
  readonly session: ort.InferenceSession;
  /** The file that a second session of this model should load: the model's own, or its compiled form. */
  readonly file: string;
  readonly provider: string;
  /** Milliseconds in which onnxruntime opened it. */
  readonly openMs: number;
  readonly fallbackReason?: string;
}

type Options = ort.InferenceSession.SessionOptions;

/** One thread, the caller's own, so no pool: workers x threads never exceed the cores. */
const narrow = (provider: string): Options => ({
  executionProviders: [provider],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
});

/**
 * Threads that wait for each other's parts by spinning, but only inside a run. At two threads a row took 3.9 ms so
 * (EfficientNet-Lite0 in fp32), 5.1 ms without spinning, 7.4 ms on one thread; spinning between runs as well burnt
 * 31 ms of every 100 ms after one and gained nothing: docs/performance/tried-session.md.
 */
const wide = (threads: number): Options => ({
  ...narrow('cpu'),
  intraOpNumThreads: threads,
  extra: { session: { intra_op: { allow_spinning: '1' }, force_spinning_stop: '1' } },
});

/** A compiled form is what all optimisations have made of the model: doing them again would unpack its weights. */
const AS_IT_IS: Options = { graphOptimizationLevel: 'disabled' };

/** Weights of this size and more go to a file of their own, from which they can be mapped. */
const MAPPED_FROM_BYTES = '1024';

/** @throws Error of onnxruntime: the file is no good, or the provider is not there and cpu will not do. */
export async function openNarrow(task: LoadTask): Promise<Opened> {
  const { file, device } = task;
  const compiled = await openCompiled(task);
  if (compiled !== undefined) return compiled;
  try {
    return { ...(await timed(file, narrow(device))), file, provider: device };
  } catch (error) {
    // onnxruntime throws for a provider that is not there, even where cpu is listed behind it.
    if (device === 'cpu' || task.deviceFallback === 'error') throw error;
    const opened = await timed(file, narrow('cpu'));
    return { ...opened, file, provider: 'cpu', fallbackReason: sentenceOf(error) };
  }
}

async function timed(file: string, options: Options): Promise<Pick<Opened, 'session' | 'openMs'>> {
  const start = performance.now();
  const session = await ort.InferenceSession.create(file, options);
  return { session, openMs: performance.now() - start };
}

/** Another session of the same model, on the CPU, that runs on several threads. @throws Error of onnxruntime */
export const openWide = (file: string, task: LoadTask): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(file, { ...wide(task.wideThreads), ...(file === task.file ? {} : AS_IT_IS) });

async function openCompiled({ file, device, compiledFolder }: LoadTask): Promise<Opened | undefined> {
  if (compiledFolder === undefined || device !== 'cpu') return undefined;
  const { node: version } = ort.env.versions;
  const form = await compiledForm(file, compiledFolder, {
    version: `onnxruntime ${version}`,
    compile: (target) => compile(file, target),
  });
  if (form === undefined) return undefined;
  const options = { ...narrow(device), ...AS_IT_IS };
  const opened = await timed(form, options).catch(() => undefined);
  return opened && { ...opened, file: form, provider: device };
}

/** Writes the model, optimised and with its weights as the kernels want them, to `target`. */
async function compile(file: string, target: string): Promise<void> {
  const session = await ort.InferenceSession.create(file, {
    ...narrow('cpu'),
    optimizedModelFilePath: target,
    extra: {
      session: {
        optimized_model_external_initializers_file_name: 'weights.bin',
        optimized_model_external_initializers_min_size_in_bytes: MAPPED_FROM_BYTES,
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

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
