import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readImageHeader } from '../../../src/image/header.ts';
import { Decoders } from '../../../src/pool/device/decoders.ts';
import { Slab } from '../../../src/pool/slab.ts';
import type { PoolWorker } from '../../../src/pool/worker.ts';
import type { BatchTask, DecodedImages } from '../../../src/thread/messages.ts';
import type { Payload } from '../../../src/thread/payload.ts';
import { loadTask, startPool } from '../../support/test-pool.ts';
import { brightness } from '../../support/tiny-models.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const PHOTOS = join(import.meta.dirname, '../../fixtures/photos');
const ROW_BYTES = 8 * 8 * 3;
const INSTANCE = 3;

const { config } = brightness();
const REPORT = { inputs: [{ ...config.inputs![0]!, shape: [-1, 8, 8, 3] }] };
const TASK = loadTask('model.onnx', brightness(), INSTANCE);

function imageOf(name: string, length?: number): Payload {
  const bytes = readFileSync(join(PHOTOS, name)).subarray(0, length);
  const header = readImageHeader(bytes);
  if ('code' in header) throw new Error(header.code);
  return { kind: 'image', rows: 1, bytes, header, topK: 1 };
}

interface Sent {
  readonly task: BatchTask;
  readonly slab: SharedArrayBuffer;
}

function sent(payloads: readonly Payload[], signals = false): Sent {
  const slab = new Slab();
  const slot = slab.take();
  const rest = signals ? { signals: true as const } : {};
  const task = {
    kind: 'batch',
    instance: INSTANCE,
    slot,
    width: 'narrow',
    ...slab.write(slot, payloads),
    ...rest,
  } as const;
  return { task, slab: slab.memory };
}

const decodersOn = (workers: readonly PoolWorker[]): Decoders => {
  const decoders = new Decoders(() => workers, new FakeClock());
  decoders.enter(REPORT, TASK);
  return decoders;
};

async function decodedBy(decoders: Decoders, { task, slab }: Sent): Promise<DecodedImages> {
  const { payload } = await decoders.decoded(task, slab);
  if (payload.kind !== 'decoded') throw new Error('it was not decoded');
  return payload;
}

const rowsIn = ({ rows }: DecodedImages, count: number): readonly Buffer[] =>
  Array.from({ length: count }, (_, row) => Buffer.from(rows, row * ROW_BYTES, ROW_BYTES));

const PHOTOGRAPHS = ['cat.jpg', 'coffee.png', 'china.jpg', 'rocket.jpg', 'flower.jpg'];

async function workersOf(t: Test, workers: number): Promise<readonly PoolWorker[]> {
  const { pool } = await startPool(t, { workers });
  return pool.workers;
}

t.test('several workers write the rows that one would write', async (t) => {
  const workers = await workersOf(t, 2);
  const images = PHOTOGRAPHS.map((name) => imageOf(name));
  const one = await decodedBy(decodersOn(workers.slice(0, 1)), sent(images));
  const two = await decodedBy(decodersOn(workers), sent(images));
  t.same(rowsIn(two, images.length), rowsIn(one, images.length));
  t.equal(new Set(rowsIn(two, images.length).map((row) => row.toString('hex'))).size, images.length);
  t.same(
    two.failures,
    images.map(() => undefined),
  );
  t.equal(two.decodeMsOf.length, images.length);
});

t.test('an image that cannot be decoded fails alone, in its own place', async (t) => {
  const workers = await workersOf(t, 2);
  const damaged = imageOf('cat.jpg', 2000);
  const images = [imageOf('cat.jpg'), damaged, imageOf('china.jpg')];
  const { failures, ...decoded } = await decodedBy(decodersOn(workers), sent(images, true));
  t.match(failures, [undefined, { code: 'IMAGE_TRUNCATED' }, undefined]);
  t.match(decoded.looks, [{ luminance: Number }, undefined, { luminance: Number }], 'what each looked like');
});

t.test('the rows of a slot are used again', async (t) => {
  const decoders = decodersOn(await workersOf(t, 1));
  const batch = sent(PHOTOGRAPHS.map((name) => imageOf(name)));
  const first = await decodedBy(decoders, batch);
  t.equal((await decodedBy(decoders, batch)).rows, first.rows);
});

t.test('what nobody can decode, or not here, goes on as it is', async (t) => {
  const { task, slab } = sent([imageOf('cat.jpg')]);
  const dead = { state: 'dead' } as unknown as PoolWorker;
  t.equal(await decodersOn([dead]).decoded(task, slab), task, 'no worker is ready');
  const dies = {
    state: 'ready',
    remainingMs: () => 0,
    decode: () => Promise.reject(new Error('The worker has no thread.')),
  } as unknown as PoolWorker;
  t.equal(await decodersOn([dies]).decoded(task, slab), task, 'its thread dies');
  const decoders = decodersOn([dies]);
  decoders.leave(INSTANCE);
  t.equal(await decoders.decoded(task, slab), task, 'the version has left');
  decoders.enter(REPORT, {
    ...TASK,
    preprocess: { ...TASK.preprocess!, sanitise: { bits: 4, detectAbove: 1 } },
  });
  t.equal(await decoders.decoded(task, slab), task, 'each image is decoded twice');
});
