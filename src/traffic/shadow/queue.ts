/**
 * Copies of what requests have sent that wait for a version that no client sees. They run one at a time, each on a worker
 * that is to spare at that moment, and for at most a tenth of the time. They are the first to be dropped: when the queue is
 * full, when they have waited too long, or when the server stops.
 */
import type { Clock } from '../../clock.ts';
import type { BodyBuffers } from '../../http/body/buffers.ts';
import type { BatchOutcome } from '../../pool/held.ts';
import type { ModelVersion } from '../../serving/model-version.ts';
import { bytesOf, type Payload } from '../../thread/payload.ts';
import { copyOf, type Copy } from './copy.ts';

/** Copies that wait. */
const MOST_COPIES = 64;
const MOST_BYTES = 32 * 1024 * 1024;
/** A request with more bytes is not copied: that would keep the main thread from others. */
const LARGEST_COPY_BYTES = 4 * 1024 * 1024;
/** Milliseconds after which a copy that no worker had time for is dropped. */
const WAITS_MS = 2000;
/** Milliseconds between two looks for a worker to spare. */
const LOOKS_EVERY_MS = 5;
/**
 * After a run no other begins for this many times as long. A request that arrives during a run waits for it where there is
 * one worker, and does not get all cores where there are several: with a tenth of the time, p99 stayed within 5 % in
 * simulations of two and four workers, and within 14 % on a single one.
 */
const PAUSE = 9;

export type DropReason = 'full' | 'too_large' | 'late' | 'not_ready' | 'other_inputs' | 'stopped';

export interface ShadowWork {
  /** The version that copies are for, looked up when it is needed; undefined: it cannot be used now. */
  readonly shadow: () => ModelVersion | undefined;
  /** The version that has answered. */
  readonly live: ModelVersion;
  /** Called for each payload, by its place, or dropped() is. */
  done(shadow: ModelVersion, outcome: BatchOutcome, index: number): void;
  dropped(reason: DropReason): void;
}

interface Waiting {
  readonly work: ShadowWork;
  readonly index: number;
  readonly copy: Copy;
  readonly since: number;
}

export class ShadowQueue {
  readonly #clock: Clock;
  readonly #buffers: BodyBuffers;
  readonly #defer: (task: () => void) => void;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #running = false;
  /** When the next run may begin, by the clock. */
  #pausesUntil = 0;
  #closed = false;
  #stopLooking: (() => void) | undefined;

  /** `defer` runs a task after the requests that have arrived by now (setImmediate). */
  constructor(clock: Clock, buffers: BodyBuffers, defer: (task: () => void) => void) {
    this.#clock = clock;
    this.#buffers = buffers;
    this.#defer = defer;
  }

  /** Copies that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Copies payloads, whose memory the caller still holds, and queues them; or drops them. */
  offer(payloads: readonly Payload[], work: ShadowWork): void {
    for (const [index, payload] of payloads.entries()) this.#offerOne(payload, index, work);
    if (this.#waiting.length > 0 && !this.#running && this.#stopLooking === undefined) this.#lookSoon();
  }

  #offerOne(payload: Payload, index: number, work: ShadowWork): void {
    const bytes = bytesOf(payload);
    if (this.#closed) return work.dropped('stopped');
    if (bytes > LARGEST_COPY_BYTES) return work.dropped('too_large');
    this.#dropLate();
    if (this.#waiting.length >= MOST_COPIES || this.#bytes + bytes > MOST_BYTES) return work.dropped('full');
    this.#bytes += bytes;
    const copy = copyOf(payload, this.#buffers);
    this.#waiting.push({ work, index, copy, since: this.#clock.now() });
  }

  /** Drops what waits, and takes no more. What runs is finished. */
  close(): void {
    this.#closed = true;
    this.#stopLooking?.();
    this.#stopLooking = undefined;
    while (this.#waiting.length > 0) this.#drop('stopped');
  }

  #lookSoon(): void {
    this.#running = true;
    this.#defer(() => void this.#run());
  }

  /** Runs copies until none waits, no worker is to spare, or it is time for a pause. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#dropLate();
      const [first] = this.#waiting;
      if (first === undefined || this.#clock.now() < this.#pausesUntil) break;
      const shadow = first.work.shadow();
      if (shadow === undefined) this.#drop('not_ready');
      else if (!sameInputs(first.work.live, shadow)) this.#drop('other_inputs');
      else if (!(await this.#runOne(first, shadow))) break;
    }
    this.#running = false;
    if (this.#waiting.length === 0 || this.#closed) return;
    const pauseMs = Math.max(LOOKS_EVERY_MS, this.#pausesUntil - this.#clock.now());
    this.#stopLooking = this.#clock.after(pauseMs, () => {
      this.#stopLooking = undefined;
      this.#lookSoon();
    });
  }

  /** Returns false when no worker is to spare; the copy then goes on waiting. */
  async #runOne(waiting: Waiting, shadow: ModelVersion): Promise<boolean> {
    const { work, copy, index } = waiting;
    shadow.lease();
    try {
      const begunAt = this.#clock.now();
      const run = shadow.runSpare(copy.payload);
      if (run === undefined) return false;
      this.#remove(waiting);
      const outcome = await run;
      const now = this.#clock.now();
      this.#pausesUntil = now + PAUSE * (now - begunAt);
      work.done(shadow, outcome, index);
      copy.release();
      return true;
    } finally {
      shadow.release();
    }
  }

  #dropLate(): void {
    const before = this.#clock.now() - WAITS_MS;
    while (this.#waiting.length > 0 && this.#waiting[0]!.since < before) this.#drop('late');
  }

  /** Drops the oldest. */
  #drop(reason: DropReason): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#remove(first);
    first.copy.release();
    first.work.dropped(reason);
  }

  #remove(waiting: Waiting): void {
    const place = this.#waiting.indexOf(waiting);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    this.#bytes -= bytesOf(waiting.copy.payload);
  }
}

/** Whether both take what the request has sent, byte for byte. */
function sameInputs(live: ModelVersion, shadow: ModelVersion): boolean {
  if (live.settings.preprocess !== undefined) return shadow.settings.preprocess !== undefined;
  if (shadow.settings.preprocess !== undefined) return false;
  const [own, other] = [live.signature?.inputs ?? [], shadow.signature?.inputs ?? []];
  return (
    own.length === other.length &&
    own.every(
      ({ name, datatype, shape }, index) =>
        name === other[index]!.name &&
        datatype === other[index]!.datatype &&
        shape.join() === other[index]!.shape.join(),
    )
  );
}
