/**
 * Rows in a file: a line for each. CSV with the elements of all inputs in their order, after a line of names if there is one;
 * or JSON, a list of elements for a model with one input, else an object with a list for each: `{"age": [41], "job": ["x"]}`.
 * Pure.
 */
import { bytesOfTexts } from '../../../tensor/strings.ts';
import { hasJsonForm, misfitOf, putElements } from '../../../tensor/json-elements.ts';
import { allocate, elementsOf, rowOf, type TensorSpec } from '../../../tensor/tensor.ts';
import type { TensorsPayload } from '../../../thread/payload.ts';

/** A line that is no row of the model, as a sentence without its number. */
export class RowError extends Error {
  override readonly name = 'RowError';
}

/** How rows of a model are read; `joins`: whether the first axis of an input is the batch. */
export class RowReader {
  readonly #specs: readonly TensorSpec[];
  readonly #joins: boolean;

  /** @throws RowError for a model whose rows have no form in a line */
  constructor(inputs: readonly TensorSpec[], joins: boolean) {
    this.#joins = joins;
    // Where rows are not joined, an axis of any length is that of one row.
    this.#specs = inputs.map((spec) =>
      joins ? rowOf(spec) : { ...spec, shape: spec.shape.map((length) => (length < 0 ? 1 : length)) },
    );
    for (const { name, datatype, shape } of this.#specs) {
      if (shape.some((length) => length < 0))
        throw new RowError(
          `The rows of the input ${name} have no fixed length: make the reference of traffic.`,
        );
      if (!hasJsonForm(datatype))
        throw new RowError(
          `The input ${name} is ${datatype}, which has no form in a text: make the reference of traffic.`,
        );
    }
  }

  /** The row in a line as work of one row; undefined for an empty line, and for a first line of names. @throws RowError */
  read(line: string, first: boolean): TensorsPayload | undefined {
    const text = line.trim();
    if (text === '') return undefined;
    const isJson = text.startsWith('[') || text.startsWith('{');
    const lists = isJson ? this.#ofJson(text) : this.#ofCsv(text, first);
    if (lists === undefined) return undefined;
    return {
      kind: 'tensors',
      rows: 1,
      inputs: this.#specs.map((spec, index) => ({
        shape: this.#joins ? [1, ...spec.shape] : spec.shape,
        data: dataOf(spec, lists[index]!),
      })),
    };
  }

  #ofJson(text: string): readonly (readonly unknown[])[] {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new RowError(`It is not valid JSON: ${(error as Error).message}.`);
    }
    if (Array.isArray(value)) {
      if (this.#specs.length === 1) return [flat(value)];
      throw new RowError(`The model has ${this.#specs.length} inputs: write an object with a list for each.`);
    }
    const given = value as Readonly<Record<string, unknown>>;
    const unknown = Object.keys(given).find((name) => !this.#specs.some((spec) => spec.name === name));
    if (unknown !== undefined) throw new RowError(`The model has no input ${unknown.slice(0, 50)}.`);
    return this.#specs.map(({ name }) => {
      if (!Object.hasOwn(given, name)) throw new RowError(`The input ${name} is missing.`);
      return flat([given[name]]);
    });
  }

  #ofCsv(text: string, first: boolean): readonly (readonly unknown[])[] | undefined {
    if (this.#specs.some(({ datatype }) => datatype === 'BYTES'))
      throw new RowError('The model takes texts: write each row as JSON.');
    const cells = text.split(/[,;\t]/).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    const numbers = cells.map((cell) => (cell === '' ? NaN : Number(cell)));
    if (first && numbers.every((number) => Number.isNaN(number))) return undefined;
    const wanted = this.#specs.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
    if (cells.length !== wanted)
      throw new RowError(`It has ${cells.length} cells, and a row has ${wanted} elements.`);
    let at = 0;
    return this.#specs.map(({ datatype, shape }) => {
      const own = numbers.slice(at, (at += elementsOf(shape)));
      if (datatype === 'BOOL')
        return own.map((number) => (number === 0 || number === 1 ? number === 1 : number));
      return own;
    });
  }
}

/** Nested lists as one; deeper ones than any tensor has are refused below, as no elements. */
const flat = (value: readonly unknown[]): readonly unknown[] => value.flat(16);

function dataOf(spec: TensorSpec, list: readonly unknown[]): Uint8Array {
  const { name, datatype, shape } = spec;
  const count = elementsOf(shape);
  if (list.length !== count)
    throw new RowError(`The input ${name} has ${list.length} elements, and a row has ${count}.`);
  if (datatype === 'BYTES') {
    const bad = list.findIndex((value) => typeof value !== 'string');
    if (bad >= 0) throw new RowError(`Element ${bad} of the input ${name}: a text is expected.`);
    return bytesOfTexts(list as readonly string[]);
  }
  const view = allocate(datatype, count);
  const bad = putElements(view, 0, list, datatype);
  if (bad >= 0) throw new RowError(`Element ${bad} of the input ${name}: ${misfitOf(datatype)}`);
  return new Uint8Array(view.buffer);
}
