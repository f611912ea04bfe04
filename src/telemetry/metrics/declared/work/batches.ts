/** Queues and batches: rows that wait, run, or are dropped. */
import type { Register } from '../../register.ts';
import { STAGE_BUCKETS } from '../stage-buckets.ts';

/** Powers of two, as the buckets of warm-up are. */
const ROW_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128];

export const batchMetrics = (register: Register) => ({
  queueRows: register.gauge('ortolan_queue_rows', 'Rows waiting for a worker.', ['model', 'version']),
  batches: register.counter(
    'ortolan_batches_total',
    'Batches sent to workers, by the reason for sending and the width of the session.',
    ['model', 'version', 'reason', 'width'],
  ),
  batchRows: register.histogram('ortolan_batch_rows', 'Rows of a batch.', ['model', 'version'], ROW_BUCKETS),
  batchDuration: register.histogram(
    'ortolan_batch_duration_seconds',
    'Duration of a batch on its worker: decode, run and postprocessing.',
    ['model', 'version'],
    STAGE_BUCKETS,
  ),
  droppedRows: register.counter(
    'ortolan_dropped_rows_total',
    'Accepted rows that were not run: their client had left, their deadline had passed, or they would have been late.',
    ['model', 'version', 'stage', 'reason'],
  ),
  wastedRows: register.counter(
    'ortolan_wasted_rows_total',
    'Rows that were run although their request had already ended.',
    ['model', 'version'],
  ),
});
