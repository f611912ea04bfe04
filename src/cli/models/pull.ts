/** `ortolan models pull`: a model of the catalogue, into the model repository, ready to be served. */
import { access, copyFile, rename, writeFile } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { systemClock, type Clock } from '../../clock.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import { sha256OfFile } from '../../repository/digest.ts';
import { CATALOGUE, type CatalogueEntry } from './catalogue.ts';
import { CliError } from '../cli-error.ts';
import { download } from './download.ts';
import { showProgress } from './progress.ts';
import type { Terminal } from '../terminal.ts';

export interface PullOptions {
  /** The folder of the models. */
  readonly models: string;
  /** Another address for the same bytes. */
  readonly from?: string | undefined;
  readonly catalogue?: readonly CatalogueEntry[];
  readonly clock?: Clock;
}

/** The labels of ImageNet come with the bundled model. */
const LABELS = 'efficientnet-lite0/labels.txt';

/** @throws CliError when the model is unknown, the address is not a URL, or the digest differs */
export async function pull(name: string, options: PullOptions, terminal: Terminal): Promise<void> {
  const catalogue = options.catalogue ?? CATALOGUE;
  const entry = catalogue.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const names = catalogue.map((known) => known.name).join(', ');
    throw new CliError(2, `There is no model ${name} in the catalogue; it has ${names}.`);
  }
  const url = addressOf(options.from ?? entry.url);
  const folder = join(options.models, entry.name);
  const file = join(folder, '1', 'model.onnx');
  if (await isThere(file, entry)) {
    terminal.out(`${entry.name} is already in ${folder} and verified.`);
  } else {
    await fetchModel(entry, url, file, options.clock ?? systemClock, terminal);
    terminal.out(`${entry.name} is in ${folder}, sha256 verified.`);
  }
  await completeFolder(folder, entry, options.models);
}

async function fetchModel(
  { name, bytes, sha256 }: CatalogueEntry,
  url: string,
  file: string,
  clock: Clock,
  terminal: Terminal,
): Promise<void> {
  const progress = showProgress(name, bytes, terminal);
  try {
    await download({ url, file, bytes, sha256 }, clock, (arrived) => progress.at(arrived));
  } finally {
    progress.stop();
  }
}

function addressOf(text: string): string {
  if (URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol)) return text;
  throw new CliError(2, `"${text}" is not an http or https address.`);
}

/** @throws CliError when another file is in the way */
async function isThere(file: string, entry: CatalogueEntry): Promise<boolean> {
  let actual: string;
  try {
    actual = await sha256OfFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  if (actual === entry.sha256) return true;
  throw new CliError(
    1,
    `${file} is another file than the catalogue's (its sha256 is ${actual}). Move it away, then pull again.`,
  );
}

/** Writes what is missing beside the model; a model.json that somebody has changed stays as it is. */
async function completeFolder(folder: string, entry: CatalogueEntry, models: string): Promise<void> {
  makeFolder(folder);
  const { labels } = entry.config;
  if (labels !== undefined && !(await exists(join(folder, labels)))) {
    await atomically(join(folder, labels), async (temporary) =>
      copyFile(await findLabels(models), temporary),
    );
  }
  const configFile = join(folder, 'model.json');
  if (!(await exists(configFile))) {
    const text = `${JSON.stringify(entry.config, null, 2)}\n`;
    await atomically(configFile, (temporary) => writeFile(temporary, text));
  }
}

async function findLabels(models: string): Promise<string> {
  const packageFile = findPackageJSON(import.meta.url);
  const ours = packageFile === undefined ? models : join(dirname(packageFile), 'models');
  for (const folder of [models, ours]) {
    const file = join(folder, LABELS);
    if (await exists(file)) return file;
  }
  throw new CliError(1, `The names of the classes are not there: ${join(models, LABELS)} is missing.`);
}

async function atomically(file: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${file}.part`;
  await write(temporary);
  await rename(temporary, file);
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
}
