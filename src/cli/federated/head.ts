/** The weights of a model version that a round trains: 32-bit floats of its ONNX file, or of a file beside it. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExternalDataError, externalFilesIn } from '../../onnx/external-data.ts';
import { initialisersIn, type Initialiser, type Place } from '../../onnx/initialisers.ts';
import { isEncrypted, type VersionEntry } from '../../repository/versions.ts';
import type { SafeTensor } from '../../tensor/safetensors.ts';
import { CliError } from '../cli-error.ts';

/** Weights of more elements are listed last: a round is for a part of the model. */
const MAX_LISTED = 20;

export interface OnnxFile {
  readonly file: string;
  readonly bytes: Buffer;
  /** Those of 32-bit floats, by name. */
  readonly floats: ReadonlyMap<string, Initialiser & { readonly floats: Place }>;
  /** Files beside it that it takes weights from, by the names that it has for them. */
  readonly beside: ReadonlyMap<string, string>;
}

/** @throws CliError with exit code 1 for a file that cannot be read, or is encrypted */
export async function readOnnx(version: VersionEntry): Promise<OnnxFile> {
  const { file } = version;
  if (isEncrypted(version))
    throw new CliError(1, `${file} is encrypted: a round needs weights that can be read and written.`);
  try {
    const bytes = await readFile(file);
    const beside = externalFilesIn(bytes, file).map(({ location, path }) => [location, path] as const);
    const floats = initialisersIn(bytes).flatMap((each) =>
      each.floats === undefined || each.name === ''
        ? []
        : [[each.name, { ...each, floats: each.floats }] as const],
    );
    return { file, bytes, floats: new Map(floats), beside: new Map(beside) };
  } catch (error) {
    if (error instanceof ExternalDataError) throw new CliError(1, `${file}: ${error.message}.`);
    throw new CliError(
      1,
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
    );
  }
}

/** The weights of these names. @throws CliError with exit code 2, with the names that there are, for one that there is not */
export function weightsOf(model: OnnxFile, names: readonly string[]): SafeTensor[] {
  const missing = names.find((name) => !model.floats.has(name));
  if (missing !== undefined || names.length === 0) {
    const what =
      missing === undefined ? 'Name the weights with --tensors.' : `There are no weights ${missing}.`;
    throw new CliError(2, `${what} ${listed(model)}`);
  }
  return [...new Set(names)].map((name) => {
    const { shape, floats } = model.floats.get(name)!;
    return { name, dtype: 'F32', shape, data: bytesAt(model, floats) };
  });
}

/** The last weights of a graph are mostly those of its head. */
function listed({ floats, file }: OnnxFile): string {
  const all = [...floats.values()].map(({ name, shape }) => `${name} [${shape.join()}]`);
  if (all.length === 0) return `${file} has no weights of 32-bit floats.`;
  const last = all.slice(-MAX_LISTED);
  const before = all.length - last.length;
  return `The last ones of ${file} are: ${last.join(', ')}${before > 0 ? `, after ${before} others` : ''}.`;
}

function bytesAt({ bytes, file, beside }: OnnxFile, { location, offset, length }: Place): Uint8Array {
  if (location === undefined) return bytes.subarray(offset, offset + length);
  const path = beside.get(location) ?? join(dirname(file), location);
  const found = new Uint8Array(length);
  const descriptor = openSync(path, 'r');
  try {
    if (readSync(descriptor, found, 0, length, offset) < length)
      throw new CliError(1, `${path} ends before byte ${offset + length}: it is cut off.`);
  } finally {
    closeSync(descriptor);
  }
  return found;
}
