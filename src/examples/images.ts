/**
 * Images in a folder. Those in folders of it are labelled: such a folder has the name of a class, or its number. Hidden files and
 * those without the ending of an image are passed over; an image that cannot be one is refused, so that nobody counts without it.
 */
import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExamplesError, type Example, type Examples } from './examples.ts';
import { readImageHeader } from '../image/header.ts';
import { refuseLarge } from '../image/limits.ts';

const ENDING = /\.(jpe?g|png|webp)$/i;
const MAX_IMAGES = 100_000;

export interface ImageLimits {
  readonly maxImagePixels: number;
}

/** `labels`: the names of the classes. @throws ExamplesError */
export async function readImages(
  folder: string,
  labels: readonly string[] | undefined,
  limits: ImageLimits,
): Promise<Examples> {
  const entries = await entriesOf(folder);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const flat = imagesIn(entries);
  const items: Example[] = [];
  const add = async (name: string, label: number | undefined): Promise<void> => {
    if (items.length === MAX_IMAGES) throw new ExamplesError(`${folder} has more than ${MAX_IMAGES} images.`);
    items.push(await exampleOf(folder, name, label, limits));
  };
  for (const name of flat) await add(name, undefined);
  for (const name of folders) {
    const own = imagesIn(await entriesOf(join(folder, name)));
    if (own.length === 0) continue;
    if (flat.length > 0)
      throw new ExamplesError(
        `${folder} has images, and the folder ${name} with more: either all are in folders of their classes, or none is.`,
      );
    const label = classOf(name, labels, folder);
    for (const image of own) await add(`${name}/${image}`, label);
  }
  if (items.length === 0) throw new ExamplesError(`There is no image (.jpg, .png, .webp) in ${folder}.`);
  return { kind: 'images', labelled: flat.length === 0, items };
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new ExamplesError(
      `${folder} cannot be read as a folder (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

const imagesIn = (entries: readonly Dirent[]): string[] =>
  entries.filter((entry) => !entry.isDirectory() && ENDING.test(entry.name)).map(({ name }) => name);

/** By the name of a class, if one alone has it, else by its number. */
function classOf(name: string, labels: readonly string[] | undefined, folder: string): number {
  const first = labels?.indexOf(name) ?? -1;
  if (first >= 0) {
    if (labels!.indexOf(name, first + 1) < 0) return first;
    throw new ExamplesError(
      `Several classes are called ${name}: give the folder in ${folder} the number of one.`,
    );
  }
  if (/^\d{1,9}$/.test(name)) return Number(name);
  throw new ExamplesError(
    labels === undefined
      ? `The folder ${name} in ${folder} is no number of a class, and the model has no labels.`
      : `The folder ${name} in ${folder} is neither a label of the model nor the number of a class.`,
  );
}

async function exampleOf(
  folder: string,
  name: string,
  label: number | undefined,
  { maxImagePixels }: ImageLimits,
): Promise<Example> {
  const file = join(folder, name);
  const read = (): Promise<Buffer> =>
    readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw new ExamplesError(`${file} cannot be read (${error.code}).`);
    });
  const known = await read();
  const header = readImageHeader(known);
  const fault = 'code' in header ? header : refuseLarge(header, maxImagePixels);
  if (fault !== undefined || 'code' in header) throw new ExamplesError(`${file}: ${fault!.detail}`);
  return {
    name,
    label,
    digest: createHash('sha256').update(known).digest('hex'),
    payload: async () => ({ kind: 'image', rows: 1, bytes: await read(), header, topK: 1 }),
  };
}
