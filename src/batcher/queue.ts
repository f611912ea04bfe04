/**
 * A first-in first-out queue of entries, bounded in rows, with a sum of their predicted work. The entries themselves form
 * a linked list, so that one whose client disconnected is removed in constant time and without garbage.
 */
import { joinable } from '../thread/payload.ts';
import type { Entry } from './entry.ts';

/** Limits of a batch of several entries; a single entry may exceed them. */
export interface TakeLimits {
  readonly maxRows: number;
  readonly maxBytes: number;
  /** Predicted milliseconds. */
  readonly maxMs: number;
  /** Predicted milliseconds at which it takes no further entry: its share of the queue. */
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

  /** The oldest entry. */
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

  /** Puts an entry back at the head. It was admitted before, so it may exceed the bound. */
  unshift(entry: Entry): void {
    entry.previous = undefined;
    entry.next = this.#head;
    if (this.#head === undefined) this.#tail = entry;
    else this.#head.previous = entry;
    this.#head = entry;
    this.#added(entry);
  }

  /** Removes an entry from any position. Returns false when it is not queued. */
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
    // Set to 0, because rounding errors of the sum would otherwise remain in an empty queue.
    this.#workMs = this.#head === undefined ? 0 : this.#workMs - entry.workMs;
    return true;
  }

  /**
   * Takes entries from the head while they fit and can be joined, and always at least one unless the queue is empty: an
   * entry larger than the limits forms a batch of its own.
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
      if (taken.length > 0) {
        if (rows > maxRows || bytes > maxBytes || ms > maxMs) break;
        if (!joinable(entry.payload, taken[0]!.payload)) break;
      }
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
