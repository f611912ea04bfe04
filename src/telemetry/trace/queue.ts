/**
 * Spans that wait to be sent: a bounded queue, sent in small batches, one at a time. A receiver that is down, slow or
 * silent delays no request and takes a bounded amount of memory: spans that do not fit are dropped and counted. A timer
 * runs only while spans wait.
 */
import type { Clock } from '../../clock.ts';
import type { SpanRecord } from './span.ts';

/** The result of sending spans. */
export type Sent =
  | { readonly kind: 'taken' }
  /** The receiver refuses them; sending them again is no use. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** They may be sent again. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Sends spans to the receiver. */
export interface SpanSender {
  /** Never rejects. */
  send(spans: readonly SpanRecord[]): Promise<Sent>;
  /** Aborts what is being sent, so that it does not keep the process alive. */
  close(): void;
}

export interface QueueEvents {
  spansExported(spans: number): void;
  spansDropped(spans: number): void;
  /** Sending has begun to fail repeatedly, or spans are lost because the server stops. */
  exportFailing(reason: string): void;
  /** Sending works again. */
  exportWorks(): void;
}

/** About 450 bytes each. */
const MAX_SPANS = 4096;

/**
 * Sending takes 0.1 ms and 5.5 us a span of the main thread (bench/micro/traces.ts): 0.8 ms for this many. Fewer would
 * limit the rate, because one batch is sent at a time.
 */
const BATCH_SPANS = 128;

/** How long a batch that is not full waits for more. */
const DELAY_MS = 1000;

/** After a failure, doubled with each further one. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 4000;

export class SpanQueue {
  readonly #sender: SpanSender;
  readonly #clock: Clock;
  readonly #events: QueueEvents;
  readonly #spans: SpanRecord[] = [];
  #sending: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  /** Whether the timer is that of a batch that waits for more, and may be cut short. */
  #waitsForMore = false;
  #failures = 0;
  /** Whether the current failure was reported. */
  #reported = false;
  #closed = false;

  constructor(sender: SpanSender, clock: Clock, events: QueueEvents) {
    this.#sender = sender;
    this.#clock = clock;
    this.#events = events;
  }

  /** Spans that wait, including those being sent. */
  get length(): number {
    return this.#spans.length;
  }

  /** Takes all of them or none: part of a trace would mislead. */
  add(spans: readonly SpanRecord[]): void {
    if (this.#closed || this.#spans.length + spans.length > MAX_SPANS) {
      this.#events.spansDropped(spans.length);
      return;
    }
    this.#spans.push(...spans);
    if (this.#sending === undefined) this.#schedule();
  }

  /** Sends spans for at most `deadlineMs`, and drops the rest. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#stopTimer?.();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const stopTimer = this.#clock.after(deadlineMs, resolve);
    await Promise.race([this.#flush(), late]);
    stopTimer();
    this.#sender.close();
    const left = this.#spans.splice(0).length;
    if (left === 0) return;
    this.#events.spansDropped(left);
    this.#report('The server stopped before they were sent.');
  }

  async #flush(): Promise<void> {
    await this.#sending;
    do await this.#sendBatch();
    while (this.#failures === 0 && this.#spans.length > 0);
  }

  #schedule(): void {
    const full = this.#spans.length >= BATCH_SPANS;
    if (this.#stopTimer !== undefined) {
      if (!full || !this.#waitsForMore) return;
      this.#stopTimer();
    }
    // A full batch too is sent by a timer, after the request that is being handled.
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
    const afterMs = this.#failures > 0 ? pauseMs : full ? 0 : DELAY_MS;
    this.#waitsForMore = this.#failures === 0 && !full;
    this.#stopTimer = this.#clock.after(afterMs, () => {
      this.#stopTimer = undefined;
      this.#sending = this.#sendBatch().finally(() => {
        this.#sending = undefined;
        if (!this.#closed && this.#spans.length > 0) this.#schedule();
      });
    });
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#spans.slice(0, BATCH_SPANS);
    if (batch.length === 0) return;
    const sent = await this.#sender.send(batch);
    if (this.#spans[0] !== batch[0]) return; // Closed meanwhile: they count as dropped.
    if (sent.kind !== 'failed') this.#spans.splice(0, batch.length);
    if (sent.kind === 'taken') this.#events.spansExported(batch.length);
    if (sent.kind === 'refused') this.#events.spansDropped(batch.length);
    if (sent.kind === 'taken') return this.#works();
    this.#failures++;
    // A single failure is a connection that was closed meanwhile or a receiver that restarts: not worth a log line.
    if (sent.kind === 'refused' || this.#failures > 1) this.#report(sent.reason);
  }

  #works(): void {
    if (this.#reported) this.#events.exportWorks();
    this.#reported = false;
    this.#failures = 0;
  }

  #report(reason: string): void {
    if (!this.#reported) this.#events.exportFailing(reason);
    this.#reported = true;
  }
}
