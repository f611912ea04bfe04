/** Runs a batch of images: decodes them one after the other into one tensor, runs it, and returns the top classes. */
import type { Failure } from '../../src/errors.ts';
import { elementsPerRow } from '../../src/tensor/tensor.ts';
import type { Width } from '../../src/thread/load.ts';
import type { BatchResult, BatchTask, ItemResult } from '../../src/thread/messages.ts';
import type { ImageStage } from '../image/decode.ts';
import type { Instance } from '../instances.ts';
import { topClasses } from '../postprocess.ts';

type Images = Extract<BatchTask['payload'], { kind: 'images' }>['images'];

/** Runs the images of `items`, whose files are in `bytes`. An image that cannot be decoded fails alone. */
export async function runImages(
  { task, session }: Instance,
  images: ImageStage,
  width: Width,
  bytes: Uint8Array,
  items: Images,
): Promise<BatchResult> {
  const [input] = session.report.inputs;
  const [output] = session.report.outputs;
  const started = performance.now();
  images.begin(items.length, input!, task.preprocess!);
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
  const scores = rows === 0 ? undefined : (await session.run([images.batch(rows)], rows, width))[0];
  const inferred = performance.now();
  const classes = elementsPerRow(output!);
  let row = 0;
  const results = items.map(({ topK }, index): ItemResult => {
    const failure = failures[index];
    if (failure !== undefined) return { kind: 'failure', ...failure };
    return topClasses(scores as Float32Array, row++ * classes, classes, topK, task.softmax);
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
