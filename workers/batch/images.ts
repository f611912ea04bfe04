/** Runs a batch of images: decodes them one after the other into one tensor, runs it, and returns the top classes. */
import type { Failure } from '../../src/errors.ts';
import { certaintyOf, type Certainty } from '../../src/tensor/certainty.ts';
import { elementsIn } from '../../src/tensor/tensor.ts';
import { topClasses } from '../../src/tensor/top-classes.ts';
import type { Width } from '../../src/thread/load.ts';
import type { BatchResult, BatchTask, ItemResult, Output, PixelSignals } from '../../src/thread/messages.ts';
import type { ImageStage } from '../image/decode.ts';
import { bareOf, distances } from './squeeze.ts';
import type { Instance } from '../instances.ts';

type Images = Extract<BatchTask['payload'], { kind: 'images' }>['images'];

/**
 * Runs the images of `items`, whose files are in `bytes`. An image that cannot be decoded fails alone. `watched`: each result
 * has its signals.
 */
export async function runImages(
  { task, session, placed: { row, steps } }: Instance,
  images: ImageStage,
  width: Width,
  bytes: Uint8Array,
  items: Images,
  watched = false,
): Promise<BatchResult> {
  const started = performance.now();
  const preprocess = task.preprocess!;
  const detectAbove = preprocess.sanitise?.detectAbove;
  images.begin(items.length, row, detectAbove === undefined ? preprocess : bareOf(preprocess), steps);
  const looks: PixelSignals[] | undefined = watched ? [] : undefined;
  const { failures, decodeMsOf, rows } = await placed(images, bytes, items, looks);
  const decoded = performance.now();
  const run = (): Promise<readonly Output[]> => {
    const shape = [rows, ...row.shape];
    return session.run([{ datatype: row.datatype, shape, data: images.batch(rows) }], width);
  };
  const outputs = rows === 0 ? [] : await run();
  let suspects: readonly boolean[] = [];
  if (detectAbove !== undefined && rows > 0 && items.some(({ topK }) => topK !== undefined)) {
    // What could be decoded once can be again, so that the rows are the same.
    images.begin(items.length, row, preprocess, steps);
    await placed(images, bytes, items);
    const [squeezed] = await run();
    const moved = distances(session, outputs[0]!, squeezed!, rows, task.softmax);
    suspects = moved.map((distance) => distance > detectAbove);
  }
  const inferred = performance.now();
  let at = 0;
  const results = items.map(({ topK }, index): ItemResult => {
    const failure = failures[index];
    if (failure !== undefined) return { kind: 'failure', ...failure };
    const own = at++;
    return resultOf({ task, session }, outputs, own, rows, topK, looks?.[own], suspects[own]);
  });
  return {
    kind: 'done',
    items: results,
    decodeMs: decoded - started,
    decodeMsOf,
    inferMs: inferred - decoded,
    postMs: performance.now() - inferred,
  };
}

/** The result of one row of the outputs. `look`: set where its signals are wanted. */
export function resultOf(
  { task, session }: Pick<Instance, 'task' | 'session'>,
  outputs: readonly Output[],
  own: number,
  rows: number,
  topK: number | undefined,
  look?: PixelSignals,
  suspect?: boolean,
): ItemResult {
  const result =
    topK === undefined
      ? outputsOf(outputs, own, rows)
      : marked(classesOf(session, outputs[0]!, own, rows, topK, task), suspect);
  if (look === undefined || result.kind === 'failure') return result;
  return { ...result, signals: { ...look, ...sureness(session, outputs[0]!, own, rows, task) } };
}

interface Placed {
  readonly failures: readonly (Failure | undefined)[];
  readonly decodeMsOf: readonly number[];
  /** Of the images that did not fail. */
  readonly rows: number;
}

/** Decodes the images into the rows of the batch that has begun, without gaps. `looks`: gets the signals of each row. */
async function placed(
  images: ImageStage,
  bytes: Uint8Array,
  items: Images,
  looks?: PixelSignals[],
): Promise<Placed> {
  const failures: (Failure | undefined)[] = [];
  const decodeMsOf: number[] = [];
  let last = performance.now();
  let rows = 0;
  for (const { offset, length, header } of items) {
    const looked = looks && ((signals: PixelSignals) => (looks[rows] = signals));
    const placing = images.place(rows, bytes.subarray(offset, offset + length), header, looked);
    const failure = placing instanceof Promise ? await placing : placing;
    failures.push(failure);
    const now = performance.now();
    decodeMsOf.push(now - last);
    last = now;
    if (failure === undefined) rows++;
  }
  return { failures, decodeMsOf, rows };
}

const marked = (result: ItemResult, suspect = false): ItemResult =>
  suspect && result.kind === 'classes' ? { ...result, suspect: true } : result;

/** The classes of one row. NaN among the scores makes all of them meaningless. */
function classesOf(
  { report }: Instance['session'],
  { data }: Output,
  row: number,
  rows: number,
  topK: number,
  { softmax }: Instance['task'],
): ItemResult {
  const { datatype } = report.outputs[0]!;
  const scores = elementsIn(datatype, data) as Float32Array;
  const count = scores.length / rows;
  const best = topClasses(scores, row * count, count, topK, softmax);
  return best.probabilities.some((probability) => Number.isNaN(probability))
    ? NOT_A_NUMBER
    : { kind: 'classes', ...best };
}

export const NOT_A_NUMBER: ItemResult = {
  kind: 'failure',
  code: 'NOT_FINITE',
  detail: 'The model has returned NaN for this image.',
};

/** How sure the answer of one row is. */
function sureness(
  { report }: Instance['session'],
  { data }: Output,
  row: number,
  rows: number,
  { softmax }: Instance['task'],
): Certainty {
  const scores = elementsIn(report.outputs[0]!.datatype, data) as Float32Array;
  const count = scores.length / rows;
  return certaintyOf(scores, row * count, count, softmax);
}

/** The outputs of one row, as they are. */
function outputsOf(outputs: readonly Output[], row: number, rows: number): ItemResult {
  const own = outputs.map(({ shape, data }): Output => {
    const bytes = data.byteLength / rows;
    return { shape: [1, ...shape.slice(1)], data: data.slice(row * bytes, (row + 1) * bytes) };
  });
  return { kind: 'outputs', outputs: own };
}
