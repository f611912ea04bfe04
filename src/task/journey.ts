/** What an answer says about its own way: stage timings, the batch it went in, and both as Server-Timing. */
import type { EntryOutcome } from '../batcher/entry.ts';

type Done = Extract<EntryOutcome, { kind: 'done' }>;

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
  /** The batch that the request travelled in: its rows, why it left when it did, and on how many cores it ran. */
  readonly batch: { readonly size: number; readonly reason: string; readonly width: string };
}

/** The journey of a request is that of its slowest entry: the others were done in the meantime. */
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
    batch: { size: batch.rows, reason: batch.reason, width: batch.width },
  };
}

/** W3C Server-Timing: milliseconds by stage, the batch as a description. */
export function serverTiming({ timings, batch }: Journey): readonly [string, string] {
  const { read, queue, decode, infer, post, total } = timings;
  const stages =
    `read;dur=${read.toFixed(2)}, queue;dur=${queue.toFixed(2)}, decode;dur=${decode.toFixed(2)}, ` +
    `infer;dur=${infer.toFixed(2)}, post;dur=${post.toFixed(2)}, total;dur=${total.toFixed(2)}`;
  return ['server-timing', `${stages}, batch;desc="${batch.size} ${batch.reason} ${batch.width}"`];
}
