/**
 * Of rows of numbers: each column of the inputs, and of the outputs where they are no classes, as far as there are few
 * columns; of longer rows the mean and the deviation. Texts are not watched: what a client writes makes no series.
 */
import { fromHalf } from '../../../repository/golden/half.ts';
import type { ModelSettings, Signature } from '../../../serving/model-version.ts';
import { certaintyOf } from '../../../tensor/certainty.ts';
import { elementsIn, type TensorSpec, type TensorView } from '../../../tensor/tensor.ts';
import type { Classes, Outputs } from '../../../thread/messages.ts';
import type { Payload } from '../../../thread/payload.ts';
import type { Observer, TakeRow } from './observer.ts';

/** With more in a row of all inputs together, and so of all outputs, each tensor has a mean and a deviation instead. */
const MAX_COLUMNS = 32;

/** Elements of a longer row that its mean and deviation are taken from. */
const MAX_SAMPLED = 256;

/** Rows of one request that are looked at: they resemble each other. */
const MAX_ROWS = 8;

/** Classes of a row that are looked at; one that has more costs more than watching it may. */
const MAX_CLASSES = 4096;

/** Tensors with features of their own. */
const MAX_TENSORS = 4;

/** Letters of the name of a tensor in the names of its features. */
const MAX_NAME = 100;

/** A tensor, and how its rows become numbers. */
interface Source {
  readonly index: number;
  readonly spec: TensorSpec;
  /** Elements of a row that each are a feature; undefined: mean and deviation. */
  readonly columns: number | undefined;
  /** Place of its first feature. */
  readonly at: number;
}

export class RowsObserver implements Observer {
  readonly numbers: readonly string[];
  readonly classes: readonly string[];
  readonly elements: number;
  readonly #inputs: readonly Source[];
  readonly #outputs: readonly Source[];
  readonly #softmax: boolean;
  readonly #joins: boolean;
  readonly #numbers: Float64Array;
  readonly #classes = [''];

  constructor({ classifies, softmax }: ModelSettings, { inputs, outputs, joins }: Signature) {
    const names: string[] = [];
    this.#joins = joins.rows;
    this.#softmax = softmax;
    this.#inputs = sourcesOf(inputs, joins.rows, names);
    const classed = classifies && joins.rows && hasScores(outputs[0]);
    this.#outputs = classed ? [] : sourcesOf(outputs, joins.rows, names);
    if (classed) add(names, 'confidence', 'entropy');
    this.numbers = names;
    this.classes = classed ? ['class'] : [];
    this.#numbers = new Float64Array(names.length);
    const scores = classed ? rowElements(outputs[0]!.shape) : 0;
    const summed = [...this.#inputs, ...this.#outputs].filter(({ columns }) => columns === undefined).length;
    this.elements = names.length + scores + summed * MAX_SAMPLED;
  }

  read(payload: Payload, result: Classes | Outputs, take: TakeRow): void {
    if (payload.kind !== 'tensors' || result.kind !== 'outputs') return;
    const { rows } = payload;
    const views = payload.inputs.map(({ data }, index) => this.#viewOf(this.#inputs, index, data));
    const answers = result.outputs.map(({ data }, index) => this.#viewOf(this.#outputs, index, data));
    const scores = this.classes.length > 0 ? result.outputs[0]! : undefined;
    const step = Math.max(1, Math.floor(rows / MAX_ROWS));
    for (let row = 0, seen = 0; row < rows && seen < MAX_ROWS; row += step, seen++) {
      for (const source of this.#inputs) this.#numbersOf(source, views[source.index]!, row, rows);
      for (const source of this.#outputs) this.#numbersOf(source, answers[source.index]!, row, rows);
      if (scores !== undefined) this.#certaintyOf(scores.data, row, rows);
      take(this.#numbers, this.#classes);
    }
  }

  #viewOf(sources: readonly Source[], index: number, data: Uint8Array): TensorView | undefined {
    const source = sources.find((one) => one.index === index);
    return source && elementsIn(source.spec.datatype, data);
  }

  #numbersOf({ columns, at, spec }: Source, view: TensorView, row: number, rows: number): void {
    const length = this.#joins ? view.length / rows : view.length;
    const start = this.#joins ? row * length : 0;
    const half = spec.datatype === 'FP16';
    const numbers = this.#numbers;
    if (columns !== undefined) {
      for (let column = 0; column < columns; column++) {
        numbers[at + column] = numberOf(view[start + column]!, half);
      }
      return;
    }
    const step = Math.max(1, Math.floor(length / MAX_SAMPLED));
    let sum = 0;
    let squares = 0;
    let count = 0;
    for (let element = 0; element < length; element += step, count++) {
      const value = numberOf(view[start + element]!, half);
      sum += value;
      squares += value * value;
    }
    const mean = sum / count;
    numbers[at] = mean;
    numbers[at + 1] = Math.sqrt(Math.max(0, squares / count - mean * mean));
  }

  #certaintyOf(data: Uint8Array, row: number, rows: number): void {
    const scores = elementsIn('FP32', data) as Float32Array;
    const count = scores.length / rows;
    const { top, confidence, entropy } = certaintyOf(scores, row * count, count, this.#softmax);
    const at = this.#numbers.length - 2;
    this.#numbers[at] = confidence;
    this.#numbers[at + 1] = entropy;
    this.#classes[0] = String(top);
  }
}

const numberOf = (value: number | bigint, half: boolean): number =>
  half ? fromHalf(value as number) : Number(value);

const rowElements = (shape: readonly number[]): number =>
  shape.slice(1).reduce((product, length) => product * length, 1);

const hasScores = (output: TensorSpec | undefined): boolean =>
  output?.datatype === 'FP32' && isFixed(output) && rowElements(output.shape) <= MAX_CLASSES;

/** Whether a row always has the same length. */
const isFixed = ({ shape }: TensorSpec): boolean => shape.slice(1).every((length) => length >= 0);

/** How each tensor becomes features, whose names are added. */
function sourcesOf(specs: readonly TensorSpec[], joins: boolean, names: string[]): Source[] {
  const watched = specs
    .map((spec, index) => ({ spec, index }))
    .filter(({ spec }) => spec.datatype !== 'BYTES')
    .slice(0, joins ? MAX_COLUMNS : MAX_TENSORS);
  const lengths = watched.map(({ spec }) => rowElements(spec.shape));
  const few = lengths.reduce((sum, length) => sum + length, 0) <= MAX_COLUMNS;
  const asColumns = joins && few && watched.every(({ spec }) => isFixed(spec));
  return (asColumns ? watched : watched.slice(0, MAX_TENSORS)).map(({ spec, index }, place): Source => {
    const at = names.length;
    const columns = asColumns ? lengths[place]! : undefined;
    const name = spec.name.slice(0, MAX_NAME);
    if (columns === undefined) add(names, `${name}.mean`, `${name}.deviation`);
    else if (columns === 1) add(names, name);
    else for (let column = 0; column < columns; column++) add(names, `${name}[${column}]`);
    return { index, spec, columns, at };
  });
}

/** Each gets a name of its own: an input and an output may share one. */
function add(names: string[], ...more: readonly string[]): void {
  for (let name of more) {
    while (names.includes(name)) name += "'";
    names.push(name);
  }
}
