/** The flags of the gate, which every command has that judges a version, and what was typed as limits and examples. */
import { InvalidArgumentError, type Command } from 'commander';
import { resolve } from 'node:path';
import type { Config } from '../../../config/schema.ts';
import type { Examples } from '../../../examples/examples.ts';
import type { AskedLimits } from '../../../gate/limits.ts';
import type { ModelEntry } from '../../../repository/repository.ts';
import { CliError } from '../../cli-error.ts';
import type { Terminal } from '../../terminal.ts';

type Typed = Readonly<Record<string, unknown>>;

/** A share: `0.95`, or `95%`. */
export function shareOf(text: string): number {
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim())?.[1];
  const value = percent === undefined ? Number(text) : Number(percent) / 100;
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('It is a share from 0 to 1, such as 0.95 or 95%.');
  return value;
}

export const addLimitFlags = (command: Command): Command =>
  command
    .option(
      '--min-agreement <share>',
      'least share of answers that are as before, by its lower 95 % bound; default without labels: 0.95',
      shareOf,
    )
    .option('--min-accuracy <share>', 'least share of right answers, by its lower bound; needs labels', shareOf)
    .option(
      '--max-drop <share>',
      'most that may be lost of the accuracy, by its upper bound; default with labels: 0.02',
      shareOf,
    )
    .option('--max-class-drop <share>', 'most that may be shown to be lost in one class; default: 0.1', shareOf);

export const addExampleFlags = (command: Command): Command =>
  command
    .option('--images <folder>', 'examples: images, or folders of them by class')
    .option('--data <file>', 'examples: arrays of numpy.savez, an input each or x, and the classes in y');

/** What was typed; unset ones are left to their defaults. */
export const limitsIn = (typed: Typed): AskedLimits => ({
  minAgreement: typed['minAgreement'] as number | undefined,
  minAccuracy: typed['minAccuracy'] as number | undefined,
  maxDrop: typed['maxDrop'] as number | undefined,
  maxClassDrop: typed['maxClassDrop'] as number | undefined,
});

/**
 * The examples that were named, for a model. @throws CliError with exit code 2 when none or both are named, or they are not for the model;
 *   ExamplesError
 */
export async function examplesIn(
  typed: Typed,
  { name, config, labels }: ModelEntry,
  limits: Pick<Config, 'maxImagePixels'>,
  { cwd }: Terminal,
): Promise<Examples> {
  const takesImages = config.preprocess !== undefined;
  const [images, data] = [typed['images'], typed['data']];
  const instead = takesImages
    ? `${name} takes images: name a folder of them with --images.`
    : `${name} takes rows: name a file of numpy.savez with --data.`;
  if (typeof images === 'string' && typeof data === 'string')
    throw new CliError(2, `Examples are named twice. ${instead}`);
  if (typeof (takesImages ? images : data) !== 'string') throw new CliError(2, instead);
  return readExamples(resolve(cwd, String(images ?? data)), takesImages, labels, limits);
}

/** A folder of images, or a file of rows. @throws ExamplesError */
export async function readExamples(
  path: string,
  takesImages: boolean,
  labels: readonly string[] | undefined,
  limits: Pick<Config, 'maxImagePixels'>,
): Promise<Examples> {
  if (takesImages) return (await import('../../../examples/images.ts')).readImages(path, labels, limits);
  return (await import('../../../examples/rows.ts')).readRows(path);
}
