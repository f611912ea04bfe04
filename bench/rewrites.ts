/**
 * What rewriting its graph saves a model: processor time of a photograph, from its bytes to its classes, on one thread, with the graph rewritten
 * and as it was made, in turn. The time of the thread is measured, so that other processes falsify it little.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImageHeader } from '../src/image/header.ts';
import type { LoadTask } from '../src/thread/load.ts';
import { runImages } from '../workers/batch/images.ts';
import { ImageStage } from '../workers/image/decode.ts';
import { Instances } from '../workers/instances.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { extremes, median } from './record/statistics.ts';

const { pairs, images } = program('node bench/rewrites.ts', 'Prints what rewriting its graph saves a model.')
  .option('--pairs <n>', 'pairs of samples', numberFrom(2), 16)
  .option('--images <n>', 'photographs in a sample', numberFrom(1), 40)
  .parse()
  .opts<{ pairs: number; images: number }>();

const BOX = join(import.meta.dirname, '../models/efficientnet-lite0');
const { preprocess } = JSON.parse(readFileSync(join(BOX, 'model.json'), 'utf8')) as LoadTask;
const bytes = readFileSync(join(BOX, 'golden/cat.jpg'));
const header = readImageHeader(bytes);
if ('code' in header) throw new Error(header.detail);
const items = [{ offset: 0, length: bytes.length, header, topK: 5 }];
const folder = mkdtempSync(join(tmpdir(), 'rewrites-'));
const stage = await ImageStage.create({ decoder: 'turbo', maxImagePixels: 50e6 });
const instances = new Instances();

/** Opens a version, and returns what runs one photograph on it. */
async function opened(version: string, instance: number, graphRewrites: boolean) {
  const report = await instances.load(
    {
      kind: 'load',
      instance,
      file: join(BOX, version, 'model.onnx'),
      device: 'cpu',
      deviceFallback: 'error',
      inputs: undefined,
      outputs: undefined,
      preprocess,
      softmax: true,
      batching: 'auto',
      maxBatchSize: 1,
      warmUpTo: 1,
      wideThreads: 1,
      compiledFolder: folder,
      graphRewrites,
    },
    stage,
  );
  if (!report.ok) throw new Error(report.detail);
  console.log(`version ${version}, rewrites: ${report.rewrites?.applied.join() ?? 'none'}`);
  return async (): Promise<void> => {
    const result = await runImages(instances.get(instance)!, stage, 'narrow', bytes, items);
    if (result.kind !== 'done') throw new Error(JSON.stringify(result));
  };
}

/** Milliseconds of this thread for one photograph. */
async function sampled(run: () => Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  for (let left = images; left > 0; left--) await run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / images;
}

for (const [index, version] of ['1', '2'].entries()) {
  const rewritten = await opened(version, 2 * index, true);
  const original = await opened(version, 2 * index + 1, false);
  const own: number[] = [];
  const other: number[] = [];
  for (let pair = -2; pair < pairs; pair++) {
    const first = pair % 2 === 0;
    const one = await sampled(first ? rewritten : original);
    const two = await sampled(first ? original : rewritten);
    if (pair < 0) continue;
    own.push(first ? one : two);
    other.push(first ? two : one);
  }
  const ratios = own.map((ms, pair) => ms / other[pair]!);
  const { min, max } = extremes(ratios);
  console.log(
    `  rewritten ${median(own).toFixed(3)} ms (least ${Math.min(...own).toFixed(3)}), ` +
      `as it was made ${median(other).toFixed(3)} ms (least ${Math.min(...other).toFixed(3)}); ` +
      `ratio of pairs ${median(ratios).toFixed(3)} (${min.toFixed(3)} to ${max.toFixed(3)})`,
  );
}
rmSync(folder, { recursive: true });
