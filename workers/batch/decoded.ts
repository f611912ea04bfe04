/** Images of a device's batch: decoded by a thread of the CPU, run by the thread of the device. */
import type { Failure } from '../../src/errors.ts';
import { bytesPerRow, elementsPerRow, viewOf } from '../../src/tensor/tensor.ts';
import { slotBody } from '../../src/thread/slab-layout.ts';
import type {
  BatchResult,
  BatchTask,
  DecodedRows,
  DecodeTask,
  ItemResult,
  PixelSignals,
} from '../../src/thread/messages.ts';
import type { ImageStage } from '../image/decode.ts';
import type { Instance } from '../instances.ts';
import { resultOf } from './images.ts';

type Decoded = Extract<BatchTask['payload'], { kind: 'decoded' }>;

/** What the tables of the image stage are kept by: the same objects for every share of a version. */
export type Kept = Map<number, Pick<DecodeTask, 'row' | 'preprocess'>>;

/** Decodes a share of a batch into its rows. An image that cannot be decoded leaves its row as it was, which nobody reads. */
export async function decodeShare(task: DecodeTask, images: ImageStage, kept: Kept): Promise<DecodedRows> {
  const { instance, slab, slot, rows, first, signals } = task;
  const { row, preprocess } = kept.get(instance) ?? task;
  kept.set(instance, { row, preprocess });
  const bytes = slotBody(slab, slot);
  images.begin(task.images.length, row, preprocess);
  const failures: (Failure | undefined)[] = [];
  const looks: (PixelSignals | undefined)[] = [];
  const decodeMsOf: number[] = [];
  for (const [index, { offset, length, header }] of task.images.entries()) {
    const started = performance.now();
    let look: PixelSignals | undefined;
    const looked = signals && ((seen: PixelSignals) => (look = seen));
    failures.push(await images.place(index, bytes.subarray(offset, offset + length), header, looked));
    looks.push(look);
    decodeMsOf.push(performance.now() - started);
  }
  const { buffer, byteOffset, byteLength } = images.batch(task.images.length);
  new Uint8Array(rows, first * bytesPerRow(row), byteLength).set(
    new Uint8Array(buffer, byteOffset, byteLength),
  );
  return { kind: 'decoded', failures, looks, decodeMsOf };
}

/** Runs a batch whose rows are there. */
export async function runDecoded(
  instance: Instance,
  width: BatchTask['width'],
  { images, rows, failures, looks, decodeMs, decodeMsOf }: Decoded,
): Promise<BatchResult> {
  const started = performance.now();
  const { session, row } = instance;
  const count = images.length;
  const data = viewOf(row.datatype, rows, 0, count * elementsPerRow(row));
  const none = failures.every((failure) => failure !== undefined);
  const shape = [count, ...row.shape];
  const outputs = none ? [] : await session.run([{ datatype: row.datatype, shape, data }], width);
  const inferred = performance.now();
  const items = images.map(({ topK }, index): ItemResult => {
    const failure = failures[index];
    if (failure !== undefined) return { kind: 'failure', ...failure };
    return resultOf(instance, outputs, index, count, topK, looks[index]);
  });
  const inferMs = inferred - started;
  return { kind: 'done', items, decodeMs, decodeMsOf, inferMs, postMs: performance.now() - inferred };
}
