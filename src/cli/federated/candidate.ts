/**
 * A version of a model with other weights, in a folder of its own: a copy of the files, byte for byte but for the weights.
 * The folder is there when it is whole, or not at all.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { withFloats, type Place } from '../../onnx/initialisers.ts';
import { MODEL_FILE } from '../../repository/versions.ts';
import { readSafetensors, SafetensorsError, type SafeTensor } from '../../tensor/safetensors.ts';
import { CliError } from '../cli-error.ts';
import type { OnnxFile } from './head.ts';

/** What the folder is called until it is whole. */
const UNFINISHED = '.part';

/** @throws CliError when the weights are not those of the model, or the folder is there */
export async function writeCandidate(model: OnnxFile, weights: Uint8Array, out: string): Promise<void> {
  const changes = changesOf(model, weights);
  if (existsSync(out)) throw new CliError(2, `${out} is there already: name a folder that is not.`);
  const part = `${out}${UNFINISHED}`;
  await rm(part, { recursive: true, force: true });
  try {
    await mkdir(part, { recursive: true });
    await writeFile(join(part, MODEL_FILE), withFloats(model.bytes, inside(changes)));
    for (const [location, path] of model.beside) {
      const copy = join(part, relative(dirname(model.file), path));
      await mkdir(dirname(copy), { recursive: true });
      await copyFile(path, copy);
      await overwrite(copy, changes, location);
    }
    await rename(part, out);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (error instanceof CliError) throw error;
    throw new CliError(
      1,
      `${out} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
    );
  }
}

type Change = readonly [Place, Float32Array];

/** @throws CliError */
function changesOf(model: OnnxFile, weights: Uint8Array): readonly Change[] {
  return tensorsIn(weights).map(({ name, dtype, shape, data }) => {
    const known = model.floats.get(name);
    if (known === undefined || dtype !== 'F32' || known.shape.join() !== shape.join()) {
      const has = known === undefined ? 'none' : `[${known.shape.join()}]`;
      throw new CliError(
        1,
        `The round has ${name} [${shape.join()}], and ${model.file} ${has}: it was opened with another version.`,
      );
    }
    return [known.floats, new Float32Array(Uint8Array.from(data).buffer)] as const;
  });
}

function tensorsIn(weights: Uint8Array): readonly SafeTensor[] {
  try {
    return readSafetensors(weights).tensors;
  } catch (error) {
    if (error instanceof SafetensorsError)
      throw new CliError(1, `The result of the round is damaged: ${error.message}.`);
    throw error;
  }
}

const inside = (changes: readonly Change[]): readonly Change[] =>
  changes.filter(([{ location }]) => location === undefined);

async function overwrite(file: string, changes: readonly Change[], location: string): Promise<void> {
  const own = changes.filter(([place]) => place.location === location);
  if (own.length === 0) return;
  await using handle = await open(file, 'r+');
  for (const [{ offset, length }, floats] of own) {
    const bytes = new Uint8Array(floats.buffer, floats.byteOffset, length);
    await handle.write(bytes, 0, length, offset);
  }
}
