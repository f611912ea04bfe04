/**
 * Writes lines without ever waiting for whoever reads them. A line is written before the call returns; while there is
 * no room for it, it waits in memory with those behind it, up to a limit. What is beyond that is dropped and counted,
 * and a notice stands where lines are missing as soon as there is room for it.
 */

/** Bytes that may wait for a reader to go on, or for a disk to have room again. */
const WAITING_BYTES = 1024 * 1024;

/** The notice of lost lines is shorter. */
const NOTICE_BYTES = 512;

/** From one attempt to the next, doubled while nothing can be written. */
const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 1000;

/** How long the end of the process may wait for a reader, and how often it looks. */
const FLUSH_MS = 500;
const FLUSH_POLL_MS = 5;

export interface Outlet {
  /**
   * Writes what there is room for, without waiting, and returns the number of bytes.
   * @throws Error with the code EAGAIN when there is no room now, another one when it cannot be written
   */
  readonly write: (bytes: string | Uint8Array) => number;
  /** Runs the task once after so many milliseconds; must not keep the process alive. */
  readonly later: (ms: number, task: () => void) => void;
  /** Holds the thread for so many milliseconds. */
  readonly sleep: (ms: number) => void;
}

/** What is done about lines that cannot be written. */
export interface Losses {
  /** Called for each line that is dropped. */
  readonly dropped: () => void;
  /** Writes a line that says that so many are missing before it. */
  readonly report: (lines: number) => void;
}

export class LineWriter {
  readonly #outlet: Outlet;
  readonly #losses: Losses;
  /** What waits is from #start to #end; empty when nothing does. */
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** Lines dropped since the last notice. */
  #lost = 0;
  #retrying = false;
  #retryMs = FIRST_RETRY_MS;

  constructor(outlet: Outlet, losses: Losses) {
    this.#outlet = outlet;
    this.#losses = losses;
  }

  /** `line` ends with a line feed. Never throws. */
  write(line: string): void {
    if (this.#buffer.length > 0) return this.#keep(line);
    const written = this.#attempt(line) ?? 0;
    const length = Buffer.byteLength(line);
    if (written === length) return;
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(WAITING_BYTES, length));
    this.#end = this.#buffer.write(line);
    this.#start = written;
    this.#retryLater();
  }

  /** Writes what waits, as far as the reader takes it within half a second. `done` is called in any case. */
  flush(done?: () => void): void {
    for (let waited = 0; this.#buffer.length > 0 && waited < FLUSH_MS;) {
      const written = this.#writeWaiting();
      if (written === undefined) break;
      if (written > 0) continue;
      this.#outlet.sleep(FLUSH_POLL_MS);
      waited += FLUSH_POLL_MS;
    }
    done?.();
  }

  #keep(line: string): void {
    const length = Buffer.byteLength(line);
    if (!this.#hasRoomFor(length)) {
      this.#lost++;
      return this.#losses.dropped();
    }
    if (this.#lost > 0) this.#report();
    this.#end += this.#buffer.write(line, this.#end);
  }

  /** Moves what waits to the front if need be. */
  #hasRoomFor(length: number): boolean {
    const needed = length + (this.#lost > 0 ? NOTICE_BYTES : 0);
    if (this.#end + needed > this.#buffer.length && this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#end + needed <= this.#buffer.length;
  }

  #report(): void {
    const lost = this.#lost;
    this.#lost = 0;
    this.#losses.report(lost);
  }

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#outlet.later(this.#retryMs, () => {
      this.#retrying = false;
      if (this.#buffer.length === 0) return;
      const progress = (this.#writeWaiting() ?? 0) > 0;
      this.#retryMs = progress ? FIRST_RETRY_MS : Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
      if (this.#buffer.length > 0) this.#retryLater();
    });
  }

  /** Bytes written; 0 while there is no room, undefined when it cannot be written. */
  #writeWaiting(): number | undefined {
    const written = this.#attempt(this.#buffer.subarray(this.#start, this.#end));
    this.#start += written ?? 0;
    if (this.#start < this.#end) return written;
    this.#buffer = Buffer.alloc(0);
    this.#start = 0;
    this.#end = 0;
    if (this.#lost > 0) this.#report();
    return written;
  }

  #attempt(bytes: string | Uint8Array): number | undefined {
    try {
      return this.#outlet.write(bytes);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
    }
  }
}
