/** Runs occluded copies of one image: decodes it once, covers a cell in each copy, and returns what is left of a class. */
import { elementsIn, elementsPerRow } from '../../src/tensor/tensor.ts';
import type { Width } from '../../src/thread/load.ts';
import type { BatchResult, ImageItem, ItemResult } from '../../src/thread/messages.ts';
import type { ImageStage } from '../image/decode.ts';
import type { Instance } from '../instances.ts';
import { NOT_A_NUMBER } from './images.ts';
import { occluderOf } from './occlusion.ts';
import { bareOf } from './squeeze.ts';

/** The result has one item: FP32, the probability of the class for each copy. */
export async function runOccluded(
  { task, session, row }: Instance,
  images: ImageStage,
  width: Width,
  bytes: Uint8Array,
  { offset, length, header }: ImageItem,
  { rows, how: { grid, from, classId, atOnce } }: NonNullable<ImageItem['occluded']>,
): Promise<BatchResult> {
  const started = performance.now();
  const preprocess = task.preprocess!;
  // What is explained is the answer; where images are only looked at, that is of the bare one.
  const bare = preprocess.sanitise?.detectAbove === undefined ? preprocess : bareOf(preprocess);
  // The image itself lies behind its copies.
  images.begin(atOnce + 1, row, bare);
  const failure = await images.place(atOnce, bytes.subarray(offset, offset + length), header);
  const decodeMs = performance.now() - started;
  const done = (item: ItemResult): BatchResult => ({
    kind: 'done',
    items: [item],
    decodeMs,
    decodeMsOf: [decodeMs],
    inferMs: performance.now() - started - decodeMs,
    postMs: 0,
  });
  if (failure !== undefined) return done({ kind: 'failure', ...failure });
  const elements = elementsPerRow(row);
  const values = images.batch(atOnce + 1) as Float32Array | Uint8Array;
  const rowAt = (index: number): Float32Array | Uint8Array =>
    values.subarray(index * elements, (index + 1) * elements);
  const occlude = occluderOf(rowAt(atOnce), row);
  const left = new Float32Array(rows);
  for (let first = 0; first < rows; first += atOnce) {
    const count = Math.min(atOnce, rows - first);
    for (let index = 0; index < count; index++) occlude(rowAt(index), grid, from + first + index);
    const shape = [count, ...row.shape];
    const data = values.subarray(0, count * elements);
    const [scores] = await session.run([{ datatype: row.datatype, shape, data }], width);
    const all = elementsIn(session.report.outputs[0]!.datatype, scores!.data) as Float32Array;
    left.set(leftOf(all, count, classId, task.softmax), first);
  }
  const isNaN = left.some((probability) => Number.isNaN(probability));
  return done(
    isNaN
      ? NOT_A_NUMBER
      : { kind: 'outputs', outputs: [{ shape: [rows], data: new Uint8Array(left.buffer) }] },
  );
}

/** The probability of a class in each row. */
function leftOf(scores: Float32Array, rows: number, classId: number, softmax: boolean): number[] {
  const count = scores.length / rows;
  return Array.from({ length: rows }, (_, row) => {
    const own = scores.subarray(row * count, (row + 1) * count);
    return softmax ? softmaxAt(own, classId) : own[classId]!;
  });
}

function softmaxAt(scores: Float32Array, index: number): number {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
  return Math.exp(scores[index]! - largest) / sum;
}
