/** Calls models/compress, the program of Python that makes the file, in its own environment. */
import { existsSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { EnvironmentLack, environmentOf } from '../../../python/environment.ts';
import { resultOf } from '../../../python/program.ts';
import type { WrittenInput } from '../../../root/model-inputs.ts';
import { CliError } from '../../cli-error.ts';
import type { Steps } from '../steps.ts';
import type { How } from './flags.ts';
import { needsReducedRange, readCpuInfo } from './processor.ts';

/** The pins are for these. */
const PYTHONS = ['3.11', '3.12', '3.13'];

export interface Work {
  readonly how: How;
  /** Path of model.onnx. */
  readonly model: string;
  readonly inputs: readonly WrittenInput[];
  /** A `.npy` of classes, to train with. */
  readonly labels: string | undefined;
  /** Path of the model.onnx to write. */
  readonly target: string;
}

export type Facts = Readonly<Record<string, string | number | boolean | string[]>>;

/** The Python that can do it, made where it is not there. @throws CliError when it cannot be had here */
export async function pythonFor(how: How, steps: Steps): Promise<string> {
  const home = programFolder();
  const making = (): void =>
    steps.at(`making the environment of Python in ${join(home, '.venv', how.kind)}, once`, 0, 0);
  try {
    return join(await environmentOf(home, how.kind, PYTHONS, making), 'python');
  } catch (error) {
    if (error instanceof EnvironmentLack)
      throw new CliError(
        1,
        `Compressing needs Python, and ${error.message}: install Python ${PYTHONS.join(', ')} with its venv, and reach a package index once.`,
      );
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EROFS')
      throw new CliError(1, `The environment of Python cannot be written into ${home}: run the command where it can.`);
    throw new CliError(1, `The environment of Python in ${home} cannot be made: ${message}`);
  }
}

/** Writes the target; the facts are for the report. @throws CliError when this model cannot be compressed so */
export async function made(work: Work, python: string, steps: Steps, signal: AbortSignal): Promise<Facts> {
  const { how, model, inputs, labels, target } = work;
  const task =
    how.kind === 'int8'
      ? { how: how.kind, reduceRange: reducedFor(how.reduceRange) }
      : { how: how.kind, share: how.share, epochs: how.epochs, labels };
  try {
    const { facts } = await resultOf({
      python,
      program: programFolder(),
      task: { ...task, model, inputs, target },
      onStep: (step, done, of) => steps.at(step, done, of),
      signal,
    });
    return facts as Facts;
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    // The end of what Python said is all that is known of its failures.
    throw new CliError(1, error.message);
  }
}

const reducedFor = (asked: 'auto' | 'on' | 'off'): boolean =>
  asked === 'on' || (asked === 'auto' && needsReducedRange(arch(), readCpuInfo()));

/** @throws CliError in an image of the server, which has no Python either */
function programFolder(): string {
  const packageFile = findPackageJSON(import.meta.url);
  const folder = packageFile === undefined ? undefined : join(dirname(packageFile), 'models/compress');
  if (folder !== undefined && existsSync(join(folder, '__main__.py'))) return folder;
  throw new CliError(
    1,
    'The program that compresses models is not here: it comes with the sources (models/compress), not with the image. Run the command there, on the same models folder.',
  );
}
