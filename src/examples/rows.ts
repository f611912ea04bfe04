/**
 * Rows of numbers in a file of numpy.savez: an array for each input of the model by its name, or `x` for the only one, and the right
 * classes in `y` where they are known. The first axis of each is that of the rows.
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { ExamplesError, type Example, type Examples } from './examples.ts';
import { filesInZip } from './zip.ts';
import { ServingError } from '../errors.ts';
import { readNpy, type Npy } from '../tensor/npy.ts';
import { elementBytes, elementsIn, elementsOf, type Datatype, type TensorSpec } from '../tensor/tensor.ts';
import type { PayloadInput } from '../thread/payload.ts';

const MAX_BYTES = 2 * 1024 ** 3 - 1;
const LABELS = 'y';
/** The name for the only input, whatever the model calls it. */
const ONLY = 'x';

/** @throws ExamplesError when the file cannot be read or is none */
export async function readRows(file: string): Promise<Examples> {
  const facts = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new ExamplesError(`${file} cannot be read (${error.code}).`);
  });
  if (!facts.isFile()) throw new ExamplesError(`${file} is no file: --data takes one of numpy.savez.`);
  if (facts.size > MAX_BYTES) throw new ExamplesError(`${file} has 2 GiB or more.`);
  try {
    return rowsIn(await readFile(file));
  } catch (error) {
    if (error instanceof ExamplesError) throw new ExamplesError(`${file}: ${error.message}`);
    throw error;
  }
}

/** The rows in the bytes of such a file. @throws ExamplesError */
export function rowsIn(bytes: Buffer): Examples {
  const arrays = new Map<string, Npy>();
  for (const [name, content] of filesInZip(bytes)) {
    const key = name.replace(/\.npy$/, '');
    arrays.set(key, arrayIn(content, key));
  }
  const labels = arrays.get(LABELS);
  arrays.delete(LABELS);
  if (arrays.size === 0)
    throw new ExamplesError(`It has no array for an input: call it ${ONLY}, and the classes ${LABELS}.`);
  const lengths = [...arrays, ...(labels === undefined ? [] : [[LABELS, labels] as const])].map(
    ([name, { shape }]) => [name, shape[0]] as const,
  );
  const [[, n] = ['', undefined]] = lengths;
  const other = lengths.find(([, length]) => length !== n || length === undefined);
  if (n === undefined || other !== undefined)
    throw new ExamplesError(
      `Its arrays differ in their first axis: ${lengths.map(([name, length]) => `${name} ${length ?? 'has none'}`).join(', ')}.`,
    );
  const classes = labels === undefined ? undefined : classesIn(labels, n);
  const items = Array.from({ length: n }, (_, row) => rowOf(arrays, row, classes?.[row]));
  return { kind: 'rows', labelled: classes !== undefined && n > 0, items };
}

/** @throws ExamplesError for what is no array of numbers, or has other bytes than its shape says */
function arrayIn(content: Buffer, name: string): Npy {
  try {
    const array = readNpy(content);
    const expected = elementsOf(array.shape) * elementBytes(array.datatype);
    if (array.data.length === expected) return array;
    throw new ExamplesError(
      `${name} of shape [${array.shape.join(', ')}] has ${array.data.length} bytes, not ${expected}.`,
    );
  } catch (error) {
    if (error instanceof ServingError) throw new ExamplesError(`${name}: ${error.message}`);
    throw error;
  }
}

function classesIn({ datatype, shape, data }: Npy, n: number): number[] {
  if (elementsOf(shape) !== n || datatype === 'FP16')
    throw new ExamplesError(
      `${LABELS} has to be one class a row, not of shape [${shape.join(', ')}] ${datatype}.`,
    );
  const classes = Array.from(elementsIn(datatype, data), Number);
  const bad = classes.findIndex((value) => !Number.isSafeInteger(value) || value < 0);
  if (bad < 0) return classes;
  throw new ExamplesError(`${LABELS} of row ${bad} is ${classes[bad]}, which is no number of a class.`);
}

function rowOf(arrays: ReadonlyMap<string, Npy>, row: number, label: number | undefined): Example {
  const hash = createHash('sha256');
  for (const [name, array] of arrays)
    hash.update(`${name} ${array.datatype}\n`).update(bytesOfRow(array, row));
  return {
    name: `row ${row}`,
    label,
    digest: hash.digest('hex'),
    payload: (inputs) =>
      Promise.resolve().then(() => ({
        kind: 'tensors' as const,
        rows: 1,
        inputs: inputs.map((input) => fitted(arrayFor(arrays, input, inputs), row, input)),
      })),
  };
}

function bytesOfRow({ data, shape }: Npy, row: number): Buffer {
  const size = data.length / shape[0]!;
  return data.subarray(row * size, (row + 1) * size);
}

function arrayFor(
  arrays: ReadonlyMap<string, Npy>,
  { name }: TensorSpec,
  inputs: readonly TensorSpec[],
): Npy {
  const found = arrays.get(name) ?? (inputs.length === 1 ? arrays.get(ONLY) : undefined);
  if (found !== undefined) return found;
  const wanted = inputs.length === 1 ? `${name}, or ${ONLY}` : inputs.map((input) => input.name).join(', ');
  throw new ExamplesError(`The model takes ${wanted}; the file has ${[...arrays.keys()].join(', ')}.`);
}

/** A row as the tensor of an input, with a batch axis where that has one. */
function fitted(array: Npy, row: number, { name, datatype, shape }: TensorSpec): PayloadInput {
  const own = array.shape.slice(1);
  const whole = [1, ...own];
  const fits = (spec: readonly number[], given: readonly number[]): boolean =>
    spec.length === given.length && spec.every((side, axis) => side < 0 || side === given[axis]);
  const taken = fits(shape, whole) ? whole : fits(shape, own) ? own : undefined;
  if (taken === undefined)
    throw new ExamplesError(
      `The input ${name} has the shape [${shape.join(', ')}] (-1: any length), and a row of the file [${own.join(', ')}].`,
    );
  return { shape: taken, data: converted(array, row, name, datatype) };
}

/** The elements of a row in the data type of the model; numbers that it cannot hold are refused. */
function converted(array: Npy, row: number, name: string, to: Datatype): Uint8Array {
  const bytes = bytesOfRow(array, row);
  if (array.datatype === to) return bytes;
  if (to === 'FP16' || array.datatype === 'FP16' || to === 'BYTES')
    throw new ExamplesError(`The input ${name} is ${to}, and the file has ${array.datatype}.`);
  const from = elementsIn(array.datatype, bytes);
  const made = new Uint8Array(from.length * elementBytes(to));
  const view = elementsIn(to, made);
  const floats = to === 'FP32' || to === 'FP64';
  for (let index = 0; index < from.length; index++) {
    const value = Number(from[index]);
    const wide = to === 'INT64' || to === 'UINT64';
    if (wide && !Number.isSafeInteger(value)) throw unheld(name, to, value);
    view[index] = (wide ? BigInt(value) : value) as never;
    if (!floats && Number(view[index]) !== value) throw unheld(name, to, value);
  }
  return made;
}

const unheld = (name: string, to: Datatype, value: number): ExamplesError =>
  new ExamplesError(`The input ${name} is ${to}, which cannot hold ${value}.`);
