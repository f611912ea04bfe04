/**
 * A bounded table of callers, by name. What is idle goes by and by, as new ones come; when the table is full, one that would
 * be idle soon makes room. However many names there are, it grows no further, and no call takes long.
 */

/** How many are looked at for each new one: more than come, so that idle ones cannot pile up. */
const SWEPT = 2;
/** How many are compared for the one that makes room. */
const COMPARED = 8;

export interface CallersSettings<Entry> {
  readonly maxCallers: number;
  readonly create: () => Entry;
  /** The time from which it may be forgotten without a difference. */
  readonly idleAt: (entry: Entry) => number;
}

export class Callers<Entry> {
  readonly #settings: CallersSettings<Entry>;
  readonly #entries = new Map<string, Entry>();
  /** Goes round and round. (One from the beginning would step over all that was removed there, again and again.) */
  #hand: MapIterator<[string, Entry]> | undefined;

  constructor(settings: CallersSettings<Entry>) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined when there is none. */
  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** Made when there is none. */
  of(name: string, now: number): Entry {
    const known = this.#entries.get(name);
    if (known !== undefined) return known;
    this.#sweep(now);
    if (this.#entries.size >= this.#settings.maxCallers) this.#makeRoom();
    const made = this.#settings.create();
    this.#entries.set(name, made);
    return made;
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  #sweep(now: number): void {
    for (let looked = 0; looked < SWEPT; looked++) {
      const next = this.#next();
      if (next === undefined) return;
      if (this.#settings.idleAt(next[1]) <= now) this.#entries.delete(next[0]);
    }
  }

  #makeRoom(): void {
    let soonest: string | undefined;
    let soonestAt = Infinity;
    for (let looked = 0; looked < COMPARED; looked++) {
      const next = this.#next();
      if (next === undefined) break;
      const at = this.#settings.idleAt(next[1]);
      if (soonest !== undefined && at >= soonestAt) continue;
      [soonest, soonestAt] = [next[0], at];
    }
    if (soonest !== undefined) this.#entries.delete(soonest);
  }

  #next(): [string, Entry] | undefined {
    const ahead = this.#hand?.next();
    if (ahead !== undefined && ahead.done !== true) return ahead.value;
    this.#hand = this.#entries.entries();
    const first = this.#hand.next();
    return first.done === true ? undefined : first.value;
  }
}
