/** The last batches and why each was what it was: for whoever asks why an answer took as long as it did. */
import type { Footprint } from '../../scheduler/trail.ts';
import type { Exchange } from '../exchange.ts';

/** `now`: on the clock of the footprints, in milliseconds. */
export function showBatches(exchange: Exchange, batches: readonly Footprint[], now: number): void {
  exchange.answer({
    contentType: 'application/json',
    body: JSON.stringify({ batches: batches.map((batch) => told(batch, now)) }),
  });
}

const told = (batch: Footprint, now: number): object => ({
  ago_ms: rounded(now - batch.at),
  model: { name: batch.model, version: batch.version },
  worker: batch.worker,
  size: batch.rows,
  width: batch.width,
  reason: batch.reason,
  left_in_queue: batch.left,
  waited_ms: rounded(batch.waitedMs),
  predicted_ms: rounded(batch.predictedMs),
  outcome: batch.outcome ?? 'running',
  ...(batch.decodeMs === undefined ? {} : { decode_ms: rounded(batch.decodeMs) }),
  ...(batch.inferMs === undefined ? {} : { infer_ms: rounded(batch.inferMs) }),
});

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
