/** Members of every answer of a prediction besides its results. */
import { timing } from '../../rounding.ts';

export interface Timings {
  /** Milliseconds. */
  readonly read: number;
  readonly queue: number;
  readonly decode: number;
  readonly infer: number;
  readonly post: number;
  readonly total: number;
}

export interface Answer {
  readonly requestId: string;
  readonly model: { readonly name: string; readonly version: string };
  readonly timings: Timings;
  /** The batch of the request: its rows, why it was started, and whether it ran on one core or on all. */
  readonly batch: { readonly size: number; readonly reason: string; readonly width: string };
}

/** The members in front of the results. */
export const head = ({ requestId, model }: Answer): object => ({ request_id: requestId, model });

/** The members behind the results. */
export const tail = ({ timings: t, batch }: Answer): object => ({
  timings_ms: {
    read: timing(t.read),
    queue: timing(t.queue),
    decode: timing(t.decode),
    infer: timing(t.infer),
    post: timing(t.post),
    total: timing(t.total),
  },
  batch,
});
