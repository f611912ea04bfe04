/**
 * Events that wait to be sent: a bounded queue in front of a receiver that may be down, slow or silent. It delays no
 * request and takes a bounded amount of memory: what does not fit is dropped, what cannot be sent is tried a few times,
 * and both are counted. A timer runs only while events wait.
 */
import type { Clock } from '../../clock.ts';
import type { CloudEvent, Delivery } from '../../outbound/event-sender.ts';
import type { EventResult } from '../../telemetry/events/feedback.ts';

/** Sends an event. Neither rejects. */
export interface Sender {
  send(event: CloudEvent): Promise<Delivery>;
  /** Ends what is being sent. */
  close(): Promise<void>;
}

export interface QueueEvents {
  eventEnded(result: EventResult, events?: number): void;
  /** Sending has begun to fail. */
  eventsFailing(reason: string): void;
  eventsWork(): void;
}

const MOST_EVENTS = 1000;
const MOST_BYTES = 32 * 1024 * 1024;
/** As many connections: an event waits for its answer. */
export const AT_ONCE = 4;
const MOST_ATTEMPTS = 5;
/** After a failure, doubled with each further one. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

interface Waiting {
  readonly event: CloudEvent;
  attempts: number;
}

export class EventQueue {
  readonly #sender: Sender;
  readonly #clock: Clock;
  readonly #events: QueueEvents;
  readonly #waiting: Waiting[] = [];
  readonly #sending = new Set<Promise<void>>();
  /** Of all that wait or are being sent. */
  #bytes = 0;
  #failures = 0;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(sender: Sender, clock: Clock, events: QueueEvents) {
    this.#sender = sender;
    this.#clock = clock;
    this.#events = events;
  }

  add(event: CloudEvent): void {
    const full = this.#waiting.length >= MOST_EVENTS || this.#bytes + event.body.length > MOST_BYTES;
    if (this.#closed || full) return this.#events.eventEnded(this.#closed ? 'stopped' : 'full');
    this.#bytes += event.body.length;
    this.#waiting.push({ event, attempts: 0 });
    // After the request that is being answered.
    this.#pumpAfter(0);
  }

  /** Sends what waits, for at most `deadlineMs`, and drops the rest. Never rejects. */
  async close(deadlineMs: number): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const disarm = this.#clock.after(deadlineMs, resolve);
    if (this.#failures === 0) this.#pump();
    await Promise.race([this.#sent(), late]);
    disarm();
    const left = this.#waiting.splice(0).length + this.#sending.size;
    await this.#sender.close();
    if (left > 0) this.#events.eventEnded('stopped', left);
  }

  async #sent(): Promise<void> {
    while (this.#sending.size > 0) await Promise.race(this.#sending);
  }

  #pumpAfter(ms: number): void {
    this.#cancel ??= this.#clock.after(ms, () => {
      this.#cancel = undefined;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#sending.size < AT_ONCE && this.#waiting.length > 0) {
      const sending = this.#send(this.#waiting.shift()!).finally(() => {
        this.#sending.delete(sending);
        if (this.#waiting.length === 0) return;
        if (this.#failures === 0) this.#pump();
        else if (!this.#closed) this.#pumpAfter(this.#pauseMs);
      });
      this.#sending.add(sending);
      // A receiver that fails is tried with one event.
      if (this.#failures > 0) return;
    }
  }

  get #pauseMs(): number {
    return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.#failures - 1));
  }

  async #send(waiting: Waiting): Promise<void> {
    const delivery = await this.#sender.send(waiting.event);
    if (delivery.kind === 'failed') {
      if (this.#failures++ === 0) this.#events.eventsFailing(delivery.reason);
      if (++waiting.attempts < MOST_ATTEMPTS && !this.#closed) {
        this.#waiting.unshift(waiting);
        return;
      }
    } else if (this.#failures > 0) {
      this.#failures = 0;
      this.#events.eventsWork();
    }
    this.#bytes -= waiting.event.body.length;
    this.#events.eventEnded(RESULTS[delivery.kind]);
  }
}

const RESULTS = { taken: 'sent', refused: 'refused', failed: 'failed' } as const;
