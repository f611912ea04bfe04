/**
 * One request at the cache: of each payload the stored result, or that of an equal payload which is in flight, or its own
 * run. To the pipeline it is what a Submission is.
 */
import type { DropReason, EntryOutcome, Priority } from '../batcher/entry.ts';
import type { ModelLabels } from '../batcher/batcher.ts';
import type { Submission } from '../batcher/submission.ts';
import type { Clock } from '../clock.ts';
import type { Classes, Outputs } from '../thread/messages.ts';
import { rowsOf, type Payload } from '../thread/payload.ts';
import type { Directives } from './directives.ts';
import { Flight, type Member } from './flight.ts';
import type { Lru } from './lru.ts';
import { resultBytes } from './result-bytes.ts';
import type { Tally } from './status.ts';

export type Result = Classes | Outputs;

/** How a payload was found: stored, in flight, or neither. */
export type Lookup = 'hit' | 'collapsed' | 'miss';

export interface CacheEvents {
  /** `rows`: of the payloads of one request with that result. */
  looked(labels: ModelLabels, lookup: Lookup, rows: number): void;
  /** A result was removed to make room. */
  evicted(): void;
}

/** What all requests share. */
export interface Shared {
  readonly store: Lru<Result>;
  /** By instance of the version, priority, and digest of the payload. */
  readonly flights: Map<string, Flight>;
  readonly clock: Clock;
  readonly events: CacheEvents;
}

/** Of which version a request asks, and how soon. */
export interface Asked {
  readonly labels: ModelLabels;
  readonly instance: number;
  readonly priority: Priority;
}

/** A payload, and its digest. */
export interface Item {
  readonly payload: Payload;
  readonly digest: string;
}

/** Queues payloads that have to run. @throws ServingError when there is no room or no time for them */
export type Queue = (payloads: readonly Payload[]) => Submission;

export class CachedRequest {
  readonly outcomes: Promise<readonly EntryOutcome[]>;
  readonly tally: Tally;
  /** Rows that needed no run for this request. */
  reusedRows = 0;
  readonly #resolve: (outcomes: readonly EntryOutcome[]) => void;
  readonly #reject: (error: unknown) => void;
  readonly #shared: Shared;
  readonly #instance: number;
  readonly #priority: Priority;
  readonly #directives: Directives;
  readonly #items: readonly Item[];
  readonly #queue: Queue;
  readonly #settled: EntryOutcome[] = [];
  /** Those that are not settled, by place. */
  readonly #waiting = new Map<number, { readonly flight: Flight; readonly member: Member }>();
  #open: number;
  #over = false;

  /** @throws ServingError as `queue` does */
  constructor(
    shared: Shared,
    { labels, instance, priority }: Asked,
    items: readonly Item[],
    directives: Directives,
    queue: Queue,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<readonly EntryOutcome[]>();
    this.outcomes = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#shared = shared;
    this.#instance = instance;
    this.#priority = priority;
    this.#items = items;
    this.#directives = directives;
    this.#queue = queue;
    this.#open = items.length;
    this.tally = { payloads: items.length, hits: 0, joined: 0, stored: 0 };
    const found = this.#ask(items.map((_, place) => place));
    if (!directives.reads) return;
    for (const [lookup, places] of Object.entries(found) as [Lookup, number[]][]) {
      if (places.length > 0) shared.events.looked(labels, lookup, rowsOf(this.#payloads(places)));
    }
  }

  /** The request has ended: it waits for nothing any more. */
  giveUp(reason: DropReason): void {
    this.#over = true;
    for (const { flight, member } of this.#waiting.values()) flight.leave(member, reason);
    this.#waiting.clear();
    this.#resolve(this.#items.map((_, place) => this.#settled[place] ?? { kind: 'dropped', reason }));
  }

  /** Settles what is stored, joins what is in flight, and queues the rest. @throws ServingError as the queue does */
  #ask(places: readonly number[]): Readonly<Record<Lookup, readonly number[]>> {
    const { store, flights } = this.#shared;
    const { reads } = this.#directives;
    const found: Record<Lookup, number[]> = { hit: [], collapsed: [], miss: [] };
    const led = new Set<string>();
    for (const place of places) {
      const { digest, payload } = this.#items[place]!;
      const stored = reads ? store.get(this.#instance, digest) : undefined;
      if (stored !== undefined) {
        found.hit.push(place);
        this.tally.hits++;
        this.#settle(place, hit(stored, payload.rows), payload.rows);
      } else if (reads && (led.has(digest) || flights.has(this.#key(place)))) {
        found.collapsed.push(place);
      } else {
        found.miss.push(place);
        led.add(digest);
      }
    }
    if (found.miss.length > 0) this.#lead(found.miss);
    for (const place of found.collapsed) this.#join(place);
    return found;
  }

  /** Queues payloads of this request, for all that may join. */
  #lead(places: readonly number[]): void {
    const submission = this.#queue(this.#payloads(places));
    const flights = places.map((place, index) => {
      const member = this.#member(place, 0);
      const flight = new Flight(member, {
        giveUp: (reason) => submission.giveUpOne(index, reason),
        replace: (payload) => submission.replace(index, payload),
      });
      this.#waiting.set(place, { flight, member });
      if (this.#directives.reads) this.#shared.flights.set(this.#key(place), flight);
      return flight;
    });
    submission.watch((index, outcome) => this.#landed(places[index]!, flights[index]!, outcome));
  }

  /** A payload that this request has queued is settled, perhaps after the request has ended. */
  #landed(place: number, flight: Flight, outcome: EntryOutcome): void {
    const { store, flights, clock } = this.#shared;
    const key = this.#key(place);
    if (flights.get(key) === flight) flights.delete(key);
    if (outcome.kind === 'done' && this.#directives.stores) {
      const { result } = outcome;
      if (store.set(this.#instance, this.#items[place]!.digest, result, resultBytes(result)))
        this.tally.stored++;
    }
    flight.settle(outcome, clock.now());
  }

  #join(place: number): void {
    const flight = this.#shared.flights.get(this.#key(place));
    if (flight === undefined) return this.#askAgain(place); // Queueing has made the scheduler drop it.
    this.tally.joined++;
    const member = this.#member(place, this.#items[place]!.payload.rows);
    flight.join(member);
    this.#waiting.set(place, { flight, member });
  }

  /** `reusedRows`: what it saves to get the result of another's run. */
  #member(place: number, reusedRows: number): Member {
    return {
      payload: this.#items[place]!.payload,
      joinedAt: this.#shared.clock.now(),
      settle: (outcome) => {
        this.#waiting.delete(place);
        if (outcome !== undefined) return this.#settle(place, outcome, reusedRows);
        this.tally.joined--;
        this.#askAgain(place);
      },
    };
  }

  /** Later, because it may queue the payload, and the scheduler may be at work now. */
  #askAgain(place: number): void {
    queueMicrotask(() => {
      if (this.#over) return;
      try {
        this.#ask([place]);
      } catch (error) {
        this.#reject(error);
      }
    });
  }

  #settle(place: number, outcome: EntryOutcome, reusedRows: number): void {
    this.#settled[place] = outcome;
    if (outcome.kind === 'done') this.reusedRows += reusedRows;
    if (--this.#open === 0) this.#resolve(this.#settled);
  }

  #payloads(places: readonly number[]): readonly Payload[] {
    return places.map((place) => this.#items[place]!.payload);
  }

  /** Who has priority does not wait with those who have none. */
  #key(place: number): string {
    return `${this.#instance} ${this.#priority} ${this.#items[place]!.digest}`;
  }
}

/** A stored result: no batch, and no time in any stage. */
const hit = (result: Result, rows: number): EntryOutcome => ({
  kind: 'done',
  result,
  batch: { rows, reason: 'cache', width: 'narrow', decodeMs: 0, inferMs: 0, postMs: 0 },
  queueMs: 0,
});
