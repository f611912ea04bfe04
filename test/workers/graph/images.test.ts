/** Photographs on a rewritten model: the worker's entry, run in this thread. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { WORKER_FILE } from '../../../src/pool/pool.ts';
import { Slab } from '../../../src/pool/slab.ts';
import { readImageHeader, type ImageHeader } from '../../../src/image/header.ts';
import type { LoadReport, LoadTask } from '../../../src/thread/load.ts';
import type { BatchResult, WorkerTask } from '../../../src/thread/messages.ts';
import type { Payload } from '../../../src/thread/payload.ts';
import { loadTask } from '../../support/test-pool.ts';

const BOX = join(import.meta.dirname, '../../../models/efficientnet-lite0');
const PHOTOS = ['cat.jpg', 'tripod.jpg'].map((name) => readFileSync(join(BOX, 'golden', name)));
const PREPROCESS = { resize: 256, crop: 224, filter: 'bicubic' } as const;

const { default: perform } = (await import(WORKER_FILE.href)) as {
  default: (task: WorkerTask) => Promise<unknown>;
};
let instances = 0;

/** The answers of the version: what the model returns for each photograph, and the classes of the first. */
async function answersOf(t: Test, version: string, options: Partial<LoadTask>) {
  const slab = new Slab();
  const instance = instances++;
  await perform({ kind: 'setup', slab: slab.memory, decoder: 'turbo', maxImagePixels: 50e6 });
  const task = {
    ...loadTask(join(BOX, version, 'model.onnx'), { config: { preprocess: PREPROCESS } }, instance),
    warmUpTo: 1,
    compiledFolder: join(t.testdir(), 'compiled'),
    graphRewrites: true,
    ...options,
  };
  const report = (await perform(task)) as LoadReport;
  if (!report.ok) throw new Error(report.detail);
  const payload = (bytes: Buffer, topK: number | undefined): Payload => ({
    kind: 'image',
    rows: 1,
    bytes,
    header: readImageHeader(bytes) as ImageHeader,
    topK,
  });
  const payloads = [...PHOTOS.map((one) => payload(one, undefined)), payload(PHOTOS[0]!, 5)];
  const slot = slab.take();
  const batch = { kind: 'batch', instance, slot, width: 'narrow', ...slab.write(slot, payloads) } as const;
  const result = (await perform(batch)) as BatchResult;
  await perform({ kind: 'unload', instance });
  if (result.kind !== 'done') throw new Error(JSON.stringify(result));
  return { report, items: result.items };
}

t.test('photographs have the same answers bit for bit', async (t) => {
  for (const version of ['1', '2']) {
    const rewritten = await answersOf(t, version, {});
    t.strictSame(rewritten.report.rewrites, { applied: ['pixel-input'] });
    const original = await answersOf(t, version, { graphRewrites: false });
    t.equal(original.report.rewrites, undefined);
    t.strictSame(rewritten.items, original.items);
    t.match(rewritten.items[2], { kind: 'classes' });
  }
});

t.test('in a process of its own the bytes are converted there', async (t) => {
  const apart = await answersOf(t, '2', { isolation: { killAfterMs: 600_000 } });
  t.strictSame(apart.report.rewrites, { applied: ['pixel-input'] });
  t.strictSame(apart.items, (await answersOf(t, '2', { graphRewrites: false })).items);
});

t.test('where floats would take too much memory, bytes are written and converted', async (t) => {
  const many = await answersOf(t, '2', { maxBatchSize: 1000 });
  t.strictSame(many.report.rewrites, { applied: ['pixel-input'] });
  t.strictSame(many.items, (await answersOf(t, '2', { graphRewrites: false })).items);
});
