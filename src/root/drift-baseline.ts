/** Makes the reference of drift of a version from images or rows on disk, as the server would see them, without HTTP. */
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Pool } from '../pool/pool.ts';
import { runOne } from '../pool/run-one.ts';
import { Gathering, tooFew } from '../quality/drift/baseline/gathering.ts';
import { prepare } from '../quality/drift/baseline/preparing.ts';
import { RowError, RowReader } from '../quality/drift/baseline/row-file.ts';
import { observerOf } from '../quality/drift/observe/of-version.ts';
import type { Observer } from '../quality/drift/observe/observer.ts';
import { shapedBy } from '../quality/drift/settings.ts';
import { MAX_ROWS, type Reference } from '../repository/drift/schema.ts';
import { verifyDigest } from '../repository/digest.ts';
import { ModelError } from '../repository/model-error.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import { contentOf } from '../serving/contents.ts';
import { loadTaskOf, settingsOf } from '../serving/settings.ts';
import { payloadOf } from '../task/images.ts';
import type { Loaded } from '../thread/load.ts';
import type { Payload } from '../thread/payload.ts';
import { withOneWorker } from './one-worker.ts';

/** Where the rows are. */
export type Given =
  { readonly kind: 'images'; readonly folder: string } | { readonly kind: 'rows'; readonly file: string };

export interface BaselineWish extends Pick<Reference, 'window' | 'falseAlarmEvery'> {
  readonly given: Given;
  /** Called after each row. `of`: undefined where that is not known. */
  readonly progress: (done: number, of: number | undefined) => void;
}

export interface MadeBaseline {
  readonly reference: Reference;
  /** Images or rows that could not be run, and why the first could not. */
  readonly failed: number;
  readonly firstFailure: string | undefined;
}

/** Kinds of images that are served. */
const IMAGE = /\.(?:jpe?g|png|webp)$/i;

/**
 * Runs every image of the folder, or 10,000 of them, or every row of the file.
 * @throws ModelError for a version that cannot be used, too few rows, or a file that cannot be written; ServingError when
 * it cannot be loaded
 */
export async function makeBaseline(
  entry: ModelEntry,
  file: VersionEntry,
  config: Config,
  wish: BaselineWish,
): Promise<MadeBaseline> {
  const { given } = wish;
  const takesImages = entry.config.preprocess !== undefined;
  if (takesImages !== (given.kind === 'images'))
    throw new ModelError(
      `${entry.name} takes ${takesImages ? 'images: --images DIR' : 'rows: --rows FILE'}.`,
    );
  const images = given.kind === 'images' ? await imagesIn(given.folder) : undefined;
  const few =
    images && tooFew(images.length, `images (.jpg, .png, .webp) in ${(given as { folder: string }).folder}`);
  if (few !== undefined) throw new ModelError(few);
  await verifyDigest(file);
  const content = await contentOf(file, config);
  const settings = settingsOf(entry, file, config.sloP99Ms);
  return withOneWorker({ ...config, wideThreads: 1 }, async (pool) => {
    const task = loadTaskOf({ entry, file, instance: 0 }, config, content);
    const { report } = await pool.load(task);
    pool.watched.add(task.instance);
    const observer = observerOf(settings, report);
    if (observer.numbers.length + observer.classes.length === 0)
      throw new ModelError(`${entry.name} takes and gives texts only: there is nothing to watch.`);
    const work =
      images === undefined
        ? rowsOf((given as { file: string }).file, report)
        : payloadsOf(images, config.maxImagePixels);
    const ran = await run(pool, observer, work, (done) => wish.progress(done, images?.length));
    return finish(entry, file, shapedBy(settings, config), ran, wish);
  });
}

interface Ran {
  readonly rows: Gathering;
  readonly failed: number;
  readonly firstFailure: string | undefined;
}

/** Work, or why there is none in its place. */
type Item =
  { readonly name: string; readonly payload: Payload } | { readonly name: string; readonly fault: string };

async function run(
  pool: Pool,
  observer: Observer,
  items: AsyncIterable<Item>,
  progress: (done: number) => void,
): Promise<Ran> {
  const rows = new Gathering(observer);
  const worker = pool.workerWith(0);
  let failed = 0;
  let done = 0;
  let firstFailure: string | undefined;
  for await (const item of items) {
    const result = 'fault' in item ? undefined : await runOne(worker, 0, item.payload);
    if (result === undefined || result.kind === 'failure') {
      failed++;
      firstFailure ??= `${item.name}: ${'fault' in item ? item.fault : (result as { detail: string }).detail}`;
    } else if ('payload' in item) {
      observer.read(item.payload, result, (numbers, classes) => rows.add(numbers, classes));
    }
    progress(++done);
  }
  return { rows, failed, firstFailure };
}

async function finish(
  { name }: ModelEntry,
  file: VersionEntry,
  settings: Reference['settings'],
  { rows, failed, firstFailure }: Ran,
  { given, window, falseAlarmEvery }: BaselineWish,
): Promise<MadeBaseline> {
  const { gathered } = rows;
  const few = tooFew(gathered.rows, given.kind);
  if (few !== undefined)
    throw new ModelError(
      firstFailure === undefined ? few : `${few} ${failed} failed, the first: ${firstFailure}`,
    );
  const head = { made: new Date().toISOString(), from: given.kind, window, falseAlarmEvery };
  const prepared = await prepare({ kind: 'make', model: name, file, settings, gathered, head });
  if (prepared.kind !== 'ready')
    throw new ModelError(prepared.kind === 'refused' ? prepared.reason : 'nothing was made');
  if (prepared.fault !== undefined) throw new ModelError(prepared.fault);
  return { reference: prepared.reference, failed, firstFailure };
}

/** Evenly chosen where there are more than a reference holds. */
async function imagesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ModelError(`${folder} cannot be read (${error.code}).`);
  });
  const images = names.filter((name) => IMAGE.test(name)).sort();
  if (images.length <= MAX_ROWS) return images.map((name) => join(folder, name));
  return Array.from({ length: MAX_ROWS }, (_, at) =>
    join(folder, images[Math.floor((at * images.length) / MAX_ROWS)]!),
  );
}

async function* payloadsOf(files: readonly string[], maxImagePixels: number): AsyncIterable<Item> {
  for (const name of files) {
    try {
      const payload = payloadOf(await readFile(name), 1, maxImagePixels);
      yield 'code' in payload ? { name, fault: payload.detail } : { name, payload };
    } catch (error) {
      yield { name, fault: `it cannot be read (${(error as NodeJS.ErrnoException).code})` };
    }
  }
}

async function* rowsOf(file: string, { inputs, joins }: Loaded): AsyncIterable<Item> {
  const reader = readerOf(inputs, joins.rows);
  let number = 0;
  try {
    await using handle = await open(file);
    for await (const line of handle.readLines()) {
      const name = `line ${++number}`;
      try {
        const payload = reader.read(line, number === 1);
        if (payload !== undefined) yield { name, payload };
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        yield { name, fault: error.message };
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ModelError(`${file} cannot be read (${code}).`);
  }
}

function readerOf(inputs: Loaded['inputs'], joins: boolean): RowReader {
  try {
    return new RowReader(inputs, joins);
  } catch (error) {
    throw error instanceof RowError ? new ModelError(error.message) : error;
  }
}
