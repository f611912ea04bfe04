/**
 * A first-in first-out queue of entries, bounded in rows; it knows how much predicted work waits in it. A linked list through the entries themselves, so
 * that an entry whose client has gone is taken out of the middle in constant time, with no garbage.
 */
import type { Entry } from './entry.ts';

/** What a batch that is taken from the queue may have, unless it is a single entry. */
export interface TakeLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Predicted milliseconds. */
  readonly maxMs: number;
  /** Predicted milliseconds with which it has its share: it takes no further entry then. */
  readonly enoughMs: number;
}

export class EntryQueue {
  readonly maxRows: number;
  #head: Entry | undefined;
  #tail: Entry | undefined;
  #rows = 0;
  #workMs = 0;

  constructor(maxRows: number) {
    this.maxRows = maxRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Predicted milliseconds of work of all entries. */
  get workMs(): number {
    return this.#workMs;
  }

  /** The entry that has waited longest. */
  get head(): Entry | undefined {
    return this.#head;
  }

  hasRoomFor(rows: number): boolean {
    return this.#rows + rows <= this.maxRows;
  }

  push(entry: Entry): void {
    entry.previous = this.#tail;
    entry.next = undefined;
    if (this.#tail === undefined) this.#head = entry;
    else this.#tail.next = entry;
    this.#tail = entry;
    this.#added(entry);
  }

  /** Puts an entry back in front; it may exceed the bound, for it was admitted before. */
  unshift(entry: Entry): void {
    entry.previous = undefined;
    entry.next = this.#head;
    if (this.#head === undefined) this.#tail = entry;
    else this.#head.previous = entry;
    this.#head = entry;
    this.#added(entry);
  }

  /** Takes an entry out, wherever it stands. False when it is not queued. */
  remove(entry: Entry): boolean {
    if (!entry.queued) return false;
    if (entry.previous === undefined) this.#head = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#tail = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.queued = false;
    this.#rows -= entry.rows;
    // An empty queue has no work, whatever the sums of fractions have left.
    this.#workMs = this.#head === undefined ? 0 : this.#workMs - entry.workMs;
    return true;
  }

  /**
   * Takes entries from the front while they fit; always at least one, if there is one: an entry larger than the limits
   * travels alone.
   */
  take({ maxRows, maxBytes, maxMs, enoughMs }: TakeLimits): Entry[] {
    const taken: Entry[] = [];
    let rows = 0;
    let bytes = 0;
    let ms = 0;
    for (let entry = this.#head; entry !== undefined && ms < enoughMs; entry = this.#head) {
      rows += entry.rows;
      bytes += entry.bytes;
      ms += entry.workMs;
      if (taken.length > 0 && (rows > maxRows || bytes > maxBytes || ms > maxMs)) break;
      this.remove(entry);
      taken.push(entry);
    }
    return taken;
  }

  #added(entry: Entry): void {
    entry.queued = true;
    this.#rows += entry.rows;
    this.#workMs += entry.workMs;
  }
}
