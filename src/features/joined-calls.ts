/**
 * Joins what requests ask of a feature store at the same time. What comes in one turn of the event loop goes out as one
 * call; what comes while calls are out waits for one of them and goes out together. No timer waits for more. Equal rows of
 * keys are asked for once. A joined call that the store refuses is made again for each request, so that one cannot spoil the
 * others'. When the store fails repeatedly it is left alone for a while.
 */
import type { Clock } from '../clock.ts';
import { keyOf } from '../repository/feature-file.ts';
import { allows, called, CLOSED, failed, type Breaker } from './breaker.ts';
import type { Keys } from './entities.ts';
import { StoreFault, type Columns } from './found.ts';

/** Calls at the same time: a second one, so that a slow call does not hold up all. */
const CALLS = 2;

export interface JoinedCallsSettings {
  /** One call. @throws StoreFault; anything once `signal` has aborted */
  readonly ask: (rows: readonly Keys[], signal: AbortSignal) => Promise<Columns>;
  /** Longest time that a call may take, and that a request may wait, in milliseconds. */
  readonly timeoutMs: number;
  /** Most rows of a call that joins several requests. */
  readonly maxRows: number;
  readonly clock: Clock;
  readonly events: CallEvents;
}

export interface CallEvents {
  /** `outcome`: ok, or the kind of the fault. `requests`: whose features it has asked for. */
  called(outcome: 'ok' | StoreFault['kind'], ms: number, requests: number): void;
  /** Calls are not made for a while. `reason`: of the last failure. */
  opened(reason: string): void;
  /** Calls are made again. */
  closed(): void;
}

interface Waiting {
  readonly rows: readonly Keys[];
  readonly resolve: (columns: Columns) => void;
  readonly reject: (fault: StoreFault) => void;
  /** It goes out by itself. */
  alone: boolean;
  left: boolean;
}

export class JoinedCalls {
  readonly #settings: JoinedCallsSettings;
  #waiting: Waiting[] = [];
  #out = 0;
  #breaker: Breaker = CLOSED;
  #due = false;

  constructor(settings: JoinedCallsSettings) {
    this.#settings = settings;
  }

  /** The values of the rows, in their order. @throws StoreFault */
  columnsOf(rows: readonly Keys[]): Promise<Columns> {
    const { clock, timeoutMs } = this.#settings;
    if (!allows(this.#breaker, clock.now())) return Promise.reject(notAsked());
    return new Promise((resolve, reject) => {
      const disarm = clock.after(timeoutMs, () => {
        waiting.left = true;
        reject(tooSlow(timeoutMs));
      });
      const waiting: Waiting = {
        rows,
        alone: false,
        left: false,
        resolve: (columns) => {
          disarm();
          resolve(columns);
        },
        reject: (fault) => {
          disarm();
          reject(fault);
        },
      };
      this.#waiting.push(waiting);
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#due || this.#out >= CALLS || this.#waiting.length === 0) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#waiting = this.#waiting.filter(({ left }) => !left);
      while (this.#out < CALLS && this.#waiting.length > 0) this.#send(this.#next());
    });
  }

  /** The requests of the next call, off the queue. */
  #next(): readonly Waiting[] {
    const [first, ...others] = this.#waiting as [Waiting, ...Waiting[]];
    let count = 1;
    if (!first.alone) {
      let rows = first.rows.length;
      for (const { alone, rows: more } of others) {
        rows += more.length;
        if (alone || rows > this.#settings.maxRows) break;
        count++;
      }
    }
    return this.#waiting.splice(0, count);
  }

  #send(requests: readonly Waiting[]): void {
    const { ask, clock, timeoutMs, events } = this.#settings;
    const sentAt = clock.now();
    if (!allows(this.#breaker, sentAt)) {
      for (const { reject } of requests) reject(notAsked());
      return;
    }
    this.#become(called(this.#breaker), '');
    this.#out++;
    const { keys, places } = distinct(requests);
    const stop = new AbortController();
    const disarm = clock.after(timeoutMs, () => stop.abort());
    const done = (outcome: 'ok' | StoreFault['kind']): void => {
      disarm();
      this.#out--;
      events.called(outcome, clock.now() - sentAt, requests.length);
    };
    ask(keys, stop.signal)
      .then(
        (columns) => {
          done('ok');
          this.#become(CLOSED, '');
          for (const [index, { resolve }] of requests.entries()) resolve(chosen(columns, places[index]!));
        },
        (error: unknown) => {
          const fault = faultOf(error, stop.signal.aborted, timeoutMs);
          done(fault.kind);
          this.#failed(fault, requests);
        },
      )
      .finally(() => this.#wake());
  }

  #failed(fault: StoreFault, requests: readonly Waiting[]): void {
    if (fault.kind === 'refused' && requests.length > 1 && this.#breaker.state === 'closed') {
      for (const request of requests) request.alone = true;
      this.#waiting.unshift(...requests);
      return;
    }
    this.#become(failed(this.#breaker, this.#settings.clock.now()), fault.message);
    for (const { reject } of requests) reject(fault);
  }

  #become(next: Breaker, reason: string): void {
    const wasClosed = this.#breaker.state === 'closed';
    const isClosed = next.state === 'closed';
    this.#breaker = next;
    if (isClosed && !wasClosed) this.#settings.events.closed();
    if (!isClosed && wasClosed) this.#settings.events.opened(reason);
  }
}

/** Each row of keys once, and for each request the places of its rows among them. */
function distinct(requests: readonly Waiting[]): {
  readonly keys: readonly Keys[];
  readonly places: readonly (readonly number[])[];
} {
  const known = new Map<string, number>();
  const keys: Keys[] = [];
  const places = requests.map(({ rows }) =>
    rows.map((row) => {
      const text = keyOf(row);
      const place = known.get(text);
      if (place !== undefined) return place;
      known.set(text, keys.length);
      return keys.push(row) - 1;
    }),
  );
  return { keys, places };
}

const chosen = (columns: Columns, places: readonly number[]): Columns =>
  new Map([...columns].map(([name, found]) => [name, places.map((place) => found[place]!)]));

function faultOf(error: unknown, late: boolean, timeoutMs: number): StoreFault {
  if (late) return tooSlow(timeoutMs);
  if (error instanceof StoreFault) return error;
  return new StoreFault('down', error instanceof Error ? error.message : String(error));
}

const tooSlow = (timeoutMs: number): StoreFault =>
  new StoreFault('timeout', `it has not answered within ${timeoutMs} ms`);
const notAsked = (): StoreFault =>
  new StoreFault('open', 'it has failed repeatedly, and is not asked for now');
