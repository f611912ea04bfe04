/** The worker's entry, run in this thread: the test shares its slab. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import t from 'tap';
import type { Test } from 'tap';
import { readImageHeader, type ImageHeader } from '../../src/image/header.ts';
import type { BatchResult, BatchTask, ItemResult, Signals, WorkerTask } from '../../src/thread/messages.ts';
import type { LoadReport } from '../../src/thread/load.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { SLOT_DONE, SLOT_READY, slotStateIndex, slotStates } from '../../src/thread/slab-layout.ts';
import { Slab } from '../../src/pool/slab.ts';
import { WORKER_FILE } from '../../src/pool/pool.ts';
import { modelFile } from '../support/model-repository.ts';
import { affineAnswer, affineRows, loadTask } from '../support/test-pool.ts';
import { add, affine, brightness, type TinyModel } from '../support/tiny-models.ts';

type Perform = (task: WorkerTask) => Promise<unknown>;

const PHOTO = readFileSync(join(import.meta.dirname, '../fixtures/photos/cat.jpg'));

// By URL: the layer check refuses imports of entry modules.
const { default: perform } = (await import(WORKER_FILE.href)) as { default: Perform };

let instances = 0;

/** One worker for all tests; each test has its own slab and instance. */
async function setup(t: Test, model: TinyModel) {
  const slab = new Slab();
  const instance = instances++;
  await perform({ kind: 'setup', slab: slab.memory, decoder: 'turbo', maxImagePixels: 50e6 });
  const report = (await perform(loadTask(modelFile(t, model), model, instance))) as LoadReport;
  if (!report.ok) throw new Error(report.detail);
  t.teardown(() => perform({ kind: 'unload', instance }));
  const send = (payloads: readonly Payload[]): { slot: number; result: Promise<BatchResult> } => {
    const slot = slab.take();
    const task: BatchTask = { kind: 'batch', instance, slot, width: 'narrow', ...slab.write(slot, payloads) };
    return { slot, result: perform(task) as Promise<BatchResult> };
  };
  return { slab, instance, send };
}

/** A plain image of one colour. */
const plain = (format: 'png' | 'jpeg', [r, g, b]: readonly [number, number, number]): Promise<Buffer> =>
  sharp({ create: { width: 12, height: 10, channels: 3, background: { r, g, b } } })
    .toFormat(format)
    .toBuffer();

const imagesOf = (...images: readonly Buffer[]): Payload[] =>
  images.map((bytes) => ({
    kind: 'image',
    rows: 1,
    bytes,
    header: readImageHeader(bytes) as ImageHeader,
    topK: 3,
  }));

t.test('gives each entry its own rows of each output', async (t) => {
  const { send } = await setup(t, affine());
  const result = await send([...affineRows(1), ...affineRows(2, 3)]).result;
  t.same([affineAnswer(result, 0), affineAnswer(result, 1)], [[3], [5, 7]]);
  const buffers =
    result.kind === 'done' && result.items.map((item) => item.kind === 'outputs' && item.outputs[0]);
  t.match(
    buffers,
    [
      { shape: [1, 4], data: { byteLength: 16 } },
      { shape: [2, 4], data: { byteLength: 32 } },
    ],
    'and no more than them',
  );
});

t.test('the rows of several inputs stay together', async (t) => {
  const { send } = await setup(t, add());
  const bytes = (...values: readonly number[]) => ({
    shape: [1, values.length],
    data: new Uint8Array(Float32Array.from(values).buffer),
  });
  const result = await send([
    { kind: 'tensors', rows: 1, inputs: [bytes(1, 2, 3), bytes(10, 10, 10)] },
    { kind: 'tensors', rows: 1, inputs: [bytes(4, 5, 6), bytes(20, 20, 20)] },
  ]).result;
  const sums =
    result.kind === 'done' && result.items.map((item) => item.kind === 'outputs' && item.outputs[0]);
  t.same(sums && sums.map((sum) => sum && [...new Float32Array(sum.data.slice().buffer)]), [
    [11, 12, 13],
    [24, 25, 26],
  ]);
});

t.test('classifies images, and reports the time of each stage', async (t) => {
  const { send } = await setup(t, brightness());
  const result = await send(imagesOf(await plain('png', [0, 255, 51]), await plain('png', [255, 0, 0])))
    .result;
  const e = Math.E;
  const sum = 1 + e + Math.exp(0.2);
  t.match(result, { kind: 'done', items: [{ classes: [1, 2, 0] }, { classes: [0, 1, 2] }] });
  if (result.kind !== 'done') return;
  const [first] = result.items;
  const probabilities = first?.kind === 'classes' ? first.probabilities : [];
  for (const [index, expected] of [e / sum, Math.exp(0.2) / sum, 1 / sum].entries()) {
    t.ok(Math.abs(probabilities[index]! - expected) < 1e-6);
  }
  t.ok(result.decodeMs > 0 && result.inferMs > 0 && result.postMs >= 0);
});

t.test('says what images look like and how sure its answers are, where somebody watches', async (t) => {
  const { slab, instance } = await setup(t, brightness());
  const send = async (topK: number | undefined, signals: { signals?: true }): Promise<ItemResult> => {
    const payloads = imagesOf(await plain('png', [200, 100, 0])).map(
      (payload) => ({ ...payload, topK }) as Payload,
    );
    const slot = slab.take();
    const task = {
      kind: 'batch',
      instance,
      slot,
      width: 'narrow',
      ...slab.write(slot, payloads),
      ...signals,
    } as const;
    const result = (await perform(task)) as BatchResult;
    slab.free(slot);
    if (result.kind !== 'done') throw new Error(result.kind);
    return result.items[0]!;
  };
  t.notOk('signals' in (await send(1, {})), 'nothing where nobody does');
  for (const topK of [1, undefined]) {
    const item = await send(topK, { signals: true });
    const { signals } = item as { signals?: Signals };
    t.match(signals, { saturation: 200, warmth: 200, contrast: 0, sharpness: 0, top: 0 }, item.kind);
    t.ok(Math.abs(signals!.luminance - (0.299 * 200 + 0.587 * 100)) < 1e-6);
    t.ok(signals!.confidence > 1 / 3 && signals!.entropy > 0 && signals!.entropy < Math.log(3));
  }
});

t.test('one bad image of a batch fails alone', async (t) => {
  const { send } = await setup(t, brightness());
  const cut = PHOTO.subarray(0, 2000);
  const [red, blue] = await Promise.all([plain('png', [200, 0, 0]), plain('jpeg', [0, 0, 200])]);
  t.match(await send(imagesOf(red, cut, blue)).result, {
    kind: 'done',
    items: [{ classes: [0] }, { kind: 'failure', code: /^IMAGE_/ }, { classes: [2] }],
  });
});

t.test('a batch of only bad images is done without a run', async (t) => {
  const { send } = await setup(t, brightness());
  t.match(await send(imagesOf(PHOTO.subarray(0, 2000))).result, {
    kind: 'done',
    items: [{ kind: 'failure', code: /^IMAGE_/ }],
  });
});

t.test('runs one task at a time: a JPEG does not overtake a PNG that yields', async (t) => {
  const { send } = await setup(t, brightness());
  const order: string[] = [];
  const [red, blue] = await Promise.all([plain('png', [200, 0, 0]), plain('jpeg', [0, 0, 200])]);
  const [png, jpeg] = [send(imagesOf(red)), send(imagesOf(blue))];
  void png.result.then(() => order.push('PNG'));
  void jpeg.result.then(() => order.push('JPEG'));
  t.match(await png.result, { items: [{ classes: [0] }] });
  t.match(await jpeg.result, { items: [{ classes: [2] }] });
  t.same(order, ['PNG', 'JPEG']);
});

t.test('a batch that was taken back before it started is not run', async (t) => {
  const { slab, send } = await setup(t, affine());
  const first = send(affineRows(1));
  const second = send(affineRows(2));
  t.ok(slab.cancel(second.slot));
  t.same(affineAnswer(await first.result), [3]);
  t.same(await second.result, { kind: 'cancelled' });
});

t.test('a batch that has been run is marked as done, so that it may be run again', async (t) => {
  const { slab, send } = await setup(t, affine());
  const { slot, result } = send(affineRows(1));
  const stateOf = (): number => Atomics.load(slotStates(slab.memory), slotStateIndex(slot));
  t.equal(stateOf(), SLOT_READY);
  await result;
  t.equal(stateOf(), SLOT_DONE);
  t.notOk(slab.cancel(slot));
});

t.test('a batch for an instance that was unloaded fails as a whole', async (t) => {
  const { instance, send } = await setup(t, affine());
  await perform({ kind: 'unload', instance });
  t.match(await send(affineRows(1)).result, {
    kind: 'failure',
    code: 'INTERNAL',
    detail: `instance ${instance} is not loaded`,
  });
});

t.test('an error outside of a run is returned as a failure, and the next task runs', async (t) => {
  const { slab, send } = await setup(t, affine());
  const inputs = [{ shape: [1_000_000, 4], data: new Uint8Array(4) }];
  const short = { kind: 'tensors', rows: 1_000_000, inputs } as const;
  const { slot, result } = send([short]);
  t.match(await result, { kind: 'failure', code: 'INTERNAL', detail: /RangeError/ });
  slab.free(slot);
  t.same(affineAnswer(await send(affineRows(1)).result), [3]);
});

t.test('an error in loading is returned as a failure', async (t) => {
  const report = await perform(loadTask('/nowhere/model.onnx', affine(), instances++));
  t.match(report, { ok: false, code: 'MODEL_UNAVAILABLE' });
});

t.test('a model that does not fit its preprocessing is refused when it is loaded', async (t) => {
  const preprocess = { resize: 16, crop: 16, filter: 'bicubic' } as const;
  for (const [model, reason] of [
    [
      affine(),
      /^model\.json#\/preprocess is for images of 3 channels, but a row of input x has the shape \[4\]/,
    ],
    [add(), /one input/],
    [
      brightness(),
      /^model\.json#\/preprocess\/crop is 16, but input image takes 8 x 8 pixels: set crop to 8/,
    ],
  ] as const) {
    const task = { ...loadTask(modelFile(t, model), model, instances++), preprocess };
    t.match(await perform(task), { ok: false, code: 'MODEL_UNAVAILABLE', detail: reason });
  }
});
