/**
 * A thread that aggregates one federated round and ends: a hundred updates of a million numbers take seconds, in which the
 * thread that serves goes on. Holds one update, or a block of all of them, whatever their number.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { Aggregated, AggregationTask } from '../../src/thread/aggregation.ts';
import { addTo, medianOf, scalesOf, trimmedAtEachEnd, trimmedMean } from './robust-mean.ts';

/** Of the values of all updates that are held at a time. */
const BLOCK_BYTES = 32 * 1024 * 1024;
const FLOAT_BYTES = 4;

const weights = aggregated(workerData as AggregationTask);
parentPort!.postMessage(weights, [weights.weights.buffer]);

function aggregated(task: AggregationTask): Aggregated {
  const { updates, elements, method, trim, clip, base } = task;
  const norms = updates.map(({ norm }) => norm);
  const limit = clip === 'none' ? Infinity : clip === 'median' ? medianOf(norms) : clip;
  const scales = scalesOf(norms, limit);
  const mean = method === 'mean' ? weightedMean(task, scales) : trimmedMeans(task, scales);
  const sum = floatsAt(base.file, base.offset, elements);
  let squares = 0;
  for (let at = 0; at < elements; at++) {
    squares += mean[at]! ** 2;
    sum[at]! += mean[at]!;
  }
  return {
    weights: sum,
    clippedTo: limit === Infinity ? undefined : limit,
    clipped: norms.filter((norm) => norm > limit).length,
    trimmed: method === 'mean' ? 0 : trimmedAtEachEnd(updates.length, trim),
    norm: Math.sqrt(squares),
  };
}

function weightedMean({ updates, elements }: AggregationTask, scales: readonly number[]): Float64Array {
  const total = updates.reduce((sum, { samples }) => sum + samples, 0);
  const mean = new Float64Array(elements);
  for (const [index, { file, offset, samples }] of updates.entries())
    addTo(mean, floatsAt(file, offset, elements), (scales[index]! * samples) / total);
  return mean;
}

function trimmedMeans({ updates, elements, trim }: AggregationTask, scales: readonly number[]): Float64Array {
  const mean = new Float64Array(elements);
  const width = Math.max(1, Math.floor(BLOCK_BYTES / FLOAT_BYTES / updates.length));
  for (let from = 0; from < elements; from += width) {
    const out = mean.subarray(from, Math.min(from + width, elements));
    const block = new Float32Array(updates.length * out.length);
    for (const [index, { file, offset }] of updates.entries())
      block.set(floatsAt(file, offset + from * FLOAT_BYTES, out.length), index * out.length);
    trimmedMean(block, scales, trim, out);
  }
  return mean;
}

/** Opened for each read: a round may have more files than the process may hold open. */
function floatsAt(file: string, offset: number, count: number): Float32Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * FLOAT_BYTES);
  const descriptor = openSync(file, 'r');
  try {
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(descriptor, bytes, at, bytes.length - at, offset + at);
      if (read === 0) throw new Error(`${file} ends before byte ${offset + bytes.length}`);
      at += read;
    }
  } finally {
    closeSync(descriptor);
  }
  return new Float32Array(bytes.buffer);
}
