/** Reads the golden samples of a model: the files `golden/<name>.json` in its folder, with the photographs that they name. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readImageHeader, type ImageHeader } from '../../image/header.ts';
import { ModelError } from '../model-error.ts';
import { codeOf, insideIfThere } from '../real-path.ts';
import type { ModelEntry } from '../repository.ts';
import { readText, readWhole } from '../text-file.ts';
import { parseSample, type GoldenSample } from './sample.ts';

export const GOLDEN_FOLDER = 'golden';

/** Each is run whenever a version is loaded. */
const MAX_SAMPLES = 100;

const DEFAULT_TOLERANCE = { absolute: 1e-3, relative: 1e-3 };

/** A sample with the photograph that it asks about, where it does. */
export interface LoadedSample {
  readonly sample: GoldenSample;
  readonly photograph?: { readonly bytes: Uint8Array; readonly header: ImageHeader };
}

/**
 * The samples by name; none when there is no folder. `version`: only those that it has to answer.
 * @throws ModelError when one cannot be read, or is damaged
 */
export async function readSamples(
  { folder, config }: Pick<ModelEntry, 'folder' | 'config'>,
  version?: string,
): Promise<LoadedSample[]> {
  const golden = await insideIfThere(folder, join(folder, GOLDEN_FOLDER));
  if (golden === undefined) return [];
  const names = (await namesIn(golden)).map((name) => name.slice(0, -'.json'.length));
  if (names.length > MAX_SAMPLES) {
    throw new ModelError(
      `${golden} has ${names.length} samples: more than ${MAX_SAMPLES}, and each is run at every load.`,
    );
  }
  const tolerance = { ...DEFAULT_TOLERANCE, ...config.golden };
  const loaded: LoadedSample[] = [];
  for (const name of names) {
    const file = join(golden, `${name}.json`);
    const path = await insideIfThere(folder, file);
    if (path === undefined) throw new ModelError(`${file} is a link that leads nowhere.`);
    const sample = parseSample(await readText(path), name, file, tolerance);
    if (version !== undefined && sample.versions?.includes(version) === false) continue;
    loaded.push({
      sample,
      ...(sample.question.kind === 'image' && {
        photograph: await photographOf(folder, golden, sample.question.image),
      }),
    });
  }
  return loaded;
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new ModelError(`${folder} cannot be read (${codeOf(error)}).`);
  });
  return names.filter((name) => name.endsWith('.json') && !name.startsWith('.')).sort();
}

async function photographOf(folder: string, golden: string, image: string) {
  const file = join(golden, image);
  const path = await insideIfThere(folder, file);
  if (path === undefined) throw new ModelError(`${file} does not exist.`);
  const bytes = await readWhole(path);
  const header = readImageHeader(bytes);
  if ('code' in header) throw new ModelError(`${file}: ${header.detail}`);
  return { bytes, header };
}
