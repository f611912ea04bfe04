/** What every good answer carries beside its results, and how its numbers are written. */

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
  /** The batch that the request travelled in: its rows, why it left when it did, and on how many cores it ran. */
  readonly batch: { readonly size: number; readonly reason: string; readonly width: string };
}

/** Ten microseconds: below that the clock of a busy machine says nothing. */
const TIMING_STEPS = 100;

/** The members in front of the results. */
export const head = ({ requestId, model }: Answer): object => ({ request_id: requestId, model });

/** The members behind the results. */
export const tail = ({ timings: t, batch }: Answer): object => ({
  timings_ms: {
    read: rounded(t.read, TIMING_STEPS),
    queue: rounded(t.queue, TIMING_STEPS),
    decode: rounded(t.decode, TIMING_STEPS),
    infer: rounded(t.infer, TIMING_STEPS),
    post: rounded(t.post, TIMING_STEPS),
    total: rounded(t.total, TIMING_STEPS),
  },
  batch,
});

/** `value` to the nearest of `steps` parts of one. */
export const rounded = (value: number, steps: number): number => Math.round(value * steps) / steps;
