/** The stage timings and the batch of a request, as reported in its answer and in Server-Timing. */
import type { EntryOutcome } from '../batcher/entry.ts';

/** How an entry ended that has a result. */
export type Done = Extract<EntryOutcome, { kind: 'done' }>;

/** Milliseconds by stage. */
export interface Timings {
  readonly read: number;
  readonly queue: number;
  readonly decode: number;
  readonly infer: number;
  readonly post: number;
  readonly total: number;
}

export interface Journey {
  readonly timings: Timings;
  /** The batch that the request ran in: `size` in rows, dispatch reason, session width, and device where that is not plain. */
  readonly batch: {
    readonly size: number;
    readonly reason: string;
    readonly width: string;
    readonly device?: string;
  };
}

/** Returns the journey of the slowest entry. `done` is not empty. `readMs`: of the body. `totalMs`: since arrival. */
export function journeyOf(done: readonly Done[], readMs: number, totalMs: number): Journey {
  const time = ({ batch, queueMs }: Done): number => queueMs + batch.decodeMs + batch.inferMs + batch.postMs;
  const { batch, queueMs } = done.reduce((slowest, one) => (time(one) > time(slowest) ? one : slowest));
  return {
    timings: {
      read: readMs,
      queue: queueMs,
      decode: batch.decodeMs,
      infer: batch.inferMs,
      post: batch.postMs,
      total: totalMs,
    },
    batch: {
      size: batch.rows,
      reason: batch.reason,
      width: batch.width,
      ...(batch.device !== undefined && { device: batch.device }),
    },
  };
}

/** The Server-Timing header (W3C), name and value: milliseconds by stage, and the batch as a description. */
export function serverTiming({ timings, batch }: Journey): readonly [string, string] {
  const { read, queue, decode, infer, post, total } = timings;
  const stages =
    `read;dur=${read.toFixed(2)}, queue;dur=${queue.toFixed(2)}, decode;dur=${decode.toFixed(2)}, ` +
    `infer;dur=${infer.toFixed(2)}, post;dur=${post.toFixed(2)}, total;dur=${total.toFixed(2)}`;
  const device = batch.device === undefined ? '' : ` ${batch.device}`;
  return ['server-timing', `${stages}, batch;desc="${batch.size} ${batch.reason} ${batch.width}${device}"`];
}
