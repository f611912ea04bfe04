/**
 * Simulated time: a clock that jumps from one event to the next. Events at the same time run in the order in which they
 * were set. A binary heap: a hundred thousand events take about a second.
 */
import type { Clock } from '../../src/clock.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  task: (() => void) | undefined;
}

/**
 * Shortest timer. A timer for the rest of an interval that is below the resolution of a number would otherwise fire at the
 * same time forever. Timers of a real event loop are coarser.
 */
const SHORTEST_MS = 0.001;

export class Timeline implements Clock {
  readonly #heap: Event[] = [];
  #now = 0;
  #orders = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): () => void {
    return this.at(this.#now + (ms > 0 ? Math.max(SHORTEST_MS, ms) : 0), task);
  }

  /** Runs `task` at that time, or now if that has passed. Returns a function that cancels it. */
  at(ms: number, task: () => void): () => void {
    const event: Event = { at: Math.max(this.#now, ms), order: this.#orders++, task };
    this.#push(event);
    return () => {
      event.task = undefined;
    };
  }

  /** The time of the next event; Infinity when no event is left. */
  get nextAt(): number {
    while (this.#heap[0] !== undefined && this.#heap[0].task === undefined) this.#pop();
    return this.#heap[0]?.at ?? Infinity;
  }

  /** Advances to the next event and runs it. Returns false when no event is left. */
  step(): boolean {
    if (this.nextAt === Infinity) return false;
    const { at, task } = this.#pop();
    this.#now = at;
    task!();
    return true;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  /** Removes the first event. The caller has checked that there is one. */
  #pop(): Event {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
