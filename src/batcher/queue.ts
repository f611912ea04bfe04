/**
 * A queue of entries, first in, first out within each priority, bounded in rows, with a sum of their predicted work. The
 * entries themselves form a linked list, so that one whose client disconnected is removed in constant time and without
 * garbage.
 */
import { joinable } from '../thread/payload.ts';
import { PRIORITIES, type Entry, type Priority } from './entry.ts';

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
  /** The last entry of each priority; undefined when there is none. */
  readonly #lasts: Record<Priority, Entry | undefined> = {
    high: undefined,
    normal: undefined,
    low: undefined,
  };
  /** Predicted milliseconds by priority. */
  readonly #ms: Record<Priority, number> = { high: 0, normal: 0, low: 0 };
  #rows = 0;

  constructor(maxRows: number) {
    this.maxRows = maxRows;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Predicted milliseconds of work of all entries. */
  get workMs(): number {
    return this.workMsUntil('low');
  }

  /** Predicted milliseconds of work that leaves before an entry of the priority that is queued now. */
  workMsUntil(priority: Priority): number {
    let ms = 0;
    for (const level of PRIORITIES) {
      ms += this.#ms[level];
      if (level === priority) break;
    }
    return ms;
  }

  /** The entry that leaves next. */
  get head(): Entry | undefined {
    return this.#head;
  }

  /** The first of the entries that leave after all of the priority of this queued one. */
  headBelow({ priority }: Entry): Entry | undefined {
    return this.#lasts[priority]?.next;
  }

  /** When the entry that has waited longest was queued, in clock milliseconds; undefined when the queue is empty. */
  get oldestQueuedAt(): number | undefined {
    let oldest = this.#head?.queuedAt;
    for (let head = this.#head; head !== undefined; head = this.headBelow(head)) {
      oldest = Math.min(oldest!, head.queuedAt);
    }
    return oldest;
  }

  hasRoomFor(rows: number): boolean {
    return this.#rows + rows <= this.maxRows;
  }

  /** Puts an entry behind those of its priority. */
  push(entry: Entry): void {
    const { priority } = entry;
    this.#link(entry, this.#lasts[priority] ?? this.#lastAbove(priority));
    this.#lasts[priority] = entry;
  }

  /** Puts an entry back in front of those of its priority. It was admitted before, so it may exceed the bound. */
  unshift(entry: Entry): void {
    const { priority } = entry;
    this.#link(entry, this.#lastAbove(priority));
    this.#lasts[priority] ??= entry;
  }

  /** Removes an entry from any position. Returns false when it is not queued. */
  remove(entry: Entry): boolean {
    if (!entry.queued) return false;
    const { previous, next, priority } = entry;
    if (this.#lasts[priority] === entry) {
      this.#lasts[priority] = previous?.priority === priority ? previous : undefined;
    }
    if (previous === undefined) this.#head = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
    entry.queued = false;
    this.#rows -= entry.rows;
    // Set to 0, because rounding errors of the sum would otherwise remain in an empty queue.
    this.#ms[priority] = this.#lasts[priority] === undefined ? 0 : this.#ms[priority] - entry.workMs;
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
    for (
      let entry = this.#head;
      entry !== undefined && (taken.length === 0 || ms < enoughMs);
      entry = this.#head
    ) {
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

  /** The last of the entries that leave before all of this priority. */
  #lastAbove(priority: Priority): Entry | undefined {
    for (let level = PRIORITIES.indexOf(priority) - 1; level >= 0; level--) {
      const last = this.#lasts[PRIORITIES[level]!];
      if (last !== undefined) return last;
    }
    return undefined;
  }

  #link(entry: Entry, previous: Entry | undefined): void {
    const next = previous === undefined ? this.#head : previous.next;
    entry.previous = previous;
    entry.next = next;
    if (previous === undefined) this.#head = entry;
    else previous.next = entry;
    if (next !== undefined) next.previous = entry;
    entry.queued = true;
    this.#rows += entry.rows;
    this.#ms[entry.priority] += entry.workMs;
  }
}
