/**
 * Bundles for LiteRT. The program of Python in models/bundle makes the .tflite and has the script of the bundle answer examples; what
 * comes of that is judged by whoever asked, before the folder takes its place.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { environmentOf, pinnedVersion, requirementsFile } from '../python/environment.ts';
import { ProgramRefused, resultOf } from '../python/program.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { verifyDigest } from '../repository/digest.ts';
import { filesOf } from '../repository/version-files.ts';
import { BundleError } from './bundle-error.ts';
import { requireBundled, template } from './bundle.ts';
import type { BundledFile, BundleFolder } from './folder.ts';
import { LABELS, manifestOf, type Manifest } from './manifest.ts';

/** The pins are for this one: onnx2tf takes no older one. */
const PYTHONS = ['3.12'];

const NAME = 'litert';

/** What the script of the bundle runs with, as pinned for the program that made it. */
const PACKAGES = ['ai-edge-litert', 'numpy', 'pillow'];

/** Most by which a probability may differ from onnxruntime's: float32 is the same model, not one that is nearly as good. */
export const MOST_DIFFERENCE = 0.01;

/** What was answered by the script of the bundle. */
export interface LiteAnswers {
  /** The class of each example; undefined: its scores were no numbers. */
  readonly classes: readonly (number | undefined)[];
  /** Largest difference of a probability from that of onnxruntime on the same tensor. */
  readonly differs: number;
  /** Median of a run of one row on one core, in milliseconds: of LiteRT, and of onnxruntime in Python beside it. */
  readonly ms: { readonly litert: number; readonly onnxruntime: number };
  readonly model: BundledFile;
}

/** The Python that can do it. @throws BundleError in an image of the server; EnvironmentLack */
export async function pythonFor(making: (folder: string) => void): Promise<string> {
  const home = programFolder();
  const bin = await environmentOf(home, NAME, PYTHONS, () => making(join(home, '.venv', NAME)));
  return join(bin, 'python');
}

/** @throws BundleError for a model that cannot be made into one */
export function requireLite(entry: ModelEntry, version: VersionEntry): void {
  requireBundled(entry, version);
  if (entry.config.preprocess === undefined)
    throw new BundleError(`${entry.name} takes rows, and bundles for LiteRT are made of models for images.`);
}

export interface LiteOrder {
  readonly entry: ModelEntry;
  readonly version: VersionEntry;
  /** Files of images, to answer. */
  readonly examples: readonly string[];
  readonly python: string;
  readonly onStep: (step: string, done: number, of: number) => void;
}

/**
 * Fills the folder, but for bundle.json and a report. @throws BundleError when the model cannot be converted
 */
export async function addLite(folder: BundleFolder, order: LiteOrder): Promise<LiteAnswers> {
  const { entry, version, examples, python, onStep } = order;
  await verifyDigest(version);
  const [model] = await filesOf(version);
  if (entry.labels !== undefined) await folder.add(LABELS, `${JSON.stringify(entry.labels)}\n`);
  await folder.add('classify.py', await template('litert/classify.py'));
  const pins = await readFile(requirementsFile(programFolder(), NAME), 'utf8');
  await folder.add(
    'requirements.txt',
    PACKAGES.map((name) => `${name}==${pinnedVersion(pins, name)}\n`).join(''),
  );
  // The script reads it; it is written anew when all files are known.
  await folder.put('bundle.json', JSON.stringify(liteManifest(entry, version, [])));
  const result = await resultOf({
    python,
    program: join(programFolder(), 'litert.py'),
    task: { model: model!.path, folder: folder.path, examples },
    onStep,
  }).catch((error: unknown) => {
    throw error instanceof ProgramRefused ? new BundleError(error.message) : error;
  });
  const { answers, differs, ms } = result as {
    answers: (number | null)[];
    differs: number;
    ms: LiteAnswers['ms'];
  };
  return {
    classes: answers.map((each) => each ?? undefined),
    differs,
    ms: { litert: thousandths(ms.litert), onnxruntime: thousandths(ms.onnxruntime) },
    model: await folder.note('model.tflite'),
  };
}

export const liteManifest = (
  entry: ModelEntry,
  version: VersionEntry,
  files: readonly BundledFile[],
): Manifest => manifestOf(entry, version, 'litert', { weights: [], files });

const thousandths = (value: number): number => Math.round(value * 1000) / 1000;

function programFolder(): string {
  const packageFile = findPackageJSON(import.meta.url);
  const folder = packageFile === undefined ? undefined : join(dirname(packageFile), 'models/bundle');
  if (folder !== undefined && existsSync(join(folder, 'litert.py'))) return folder;
  throw new BundleError(
    'The program that makes a .tflite is not here: it comes with the sources (models/bundle), not with the image. Run the command there, on the same models folder.',
  );
}
