/** The last batches and why each was what it was: for whoever asks why an answer took as long as it did. */
import { ServingError } from '../../errors.ts';
import type { Footprint } from '../../scheduler/trail.ts';
import { timing } from '../rounding.ts';
import type { Exchange } from '../../http/exchange.ts';

const NUMBER = /^[1-9]\d{0,5}$/;

/**
 * `now`: on the clock of the footprints, in milliseconds.
 * @throws ServingError BAD_QUERY for a limit that is none
 */
export function showBatches(exchange: Exchange, batches: readonly Footprint[], now: number): void {
  const shown = batches.slice(0, limitOf(exchange.head.query));
  exchange.answer({
    contentType: 'application/json',
    body: JSON.stringify({ batches: shown.map((batch) => told(batch, now)) }),
  });
}

/** How many are asked for; undefined for all that are kept. */
function limitOf(query: string): number | undefined {
  const limit = new URLSearchParams(query).get('limit');
  if (limit === null) return undefined;
  if (NUMBER.test(limit)) return Number(limit);
  throw new ServingError('BAD_QUERY', 'limit is a positive whole number.', { pointer: '/limit' });
}

const told = (batch: Footprint, now: number): object => ({
  ago_ms: timing(now - batch.at),
  model: { name: batch.model, version: batch.version },
  worker: batch.worker,
  size: batch.rows,
  width: batch.width,
  reason: batch.reason,
  left_in_queue: batch.left,
  waited_ms: timing(batch.waitedMs),
  predicted_ms: timing(batch.predictedMs),
  outcome: batch.outcome ?? 'running',
  ...(batch.decodeMs === undefined ? {} : { decode_ms: timing(batch.decodeMs) }),
  ...(batch.inferMs === undefined ? {} : { infer_ms: timing(batch.inferMs) }),
});
