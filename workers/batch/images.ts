/** Runs a batch of images: decodes them one after the other into one tensor, runs it, and returns the top classes. */
import type { Failure } from '../../src/errors.ts';
import { elementsIn } from '../../src/tensor/tensor.ts';
import { topClasses } from '../../src/tensor/top-classes.ts';
import type { Width } from '../../src/thread/load.ts';
import type { BatchResult, BatchTask, ItemResult, Output } from '../../src/thread/messages.ts';
import type { ImageStage } from '../image/decode.ts';
import type { Instance } from '../instances.ts';

type Images = Extract<BatchTask['payload'], { kind: 'images' }>['images'];

/** Runs the images of `items`, whose files are in `bytes`. An image that cannot be decoded fails alone. */
export async function runImages(
  { task, session, row }: Instance,
  images: ImageStage,
  width: Width,
  bytes: Uint8Array,
  items: Images,
): Promise<BatchResult> {
  const started = performance.now();
  images.begin(items.length, row, task.preprocess!);
  const failures: (Failure | undefined)[] = [];
  const decodeMsOf: number[] = [];
  let decoded = started;
  let rows = 0;
  for (const { offset, length, header } of items) {
    const placed = images.place(rows, bytes.subarray(offset, offset + length), header);
    const failure = placed instanceof Promise ? await placed : placed;
    failures.push(failure);
    const now = performance.now();
    decodeMsOf.push(now - decoded);
    decoded = now;
    if (failure === undefined) rows++;
  }
  const shape = [rows, ...row.shape];
  const outputs =
    rows === 0 ? [] : await session.run([{ datatype: row.datatype, shape, data: images.batch(rows) }], width);
  const inferred = performance.now();
  let at = 0;
  const results = items.map(({ topK }, index): ItemResult => {
    const failure = failures[index];
    if (failure !== undefined) return { kind: 'failure', ...failure };
    const own = at++;
    return topK === undefined
      ? outputsOf(outputs, own, rows)
      : classesOf(session, outputs[0]!, own, rows, topK, task);
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

const NOT_A_NUMBER: ItemResult = {
  kind: 'failure',
  code: 'NOT_FINITE',
  detail: 'The model has returned NaN for this image.',
};

/** The outputs of one row, as they are. */
function outputsOf(outputs: readonly Output[], row: number, rows: number): ItemResult {
  const own = outputs.map(({ shape, data }): Output => {
    const bytes = data.byteLength / rows;
    return { shape: [1, ...shape.slice(1)], data: data.slice(row * bytes, (row + 1) * bytes) };
  });
  return { kind: 'outputs', outputs: own };
}
