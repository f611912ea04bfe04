/**
 * The least recently used values leave first, so that neither the bytes nor the number of those that are kept exceeds its
 * limit. Values belong to groups, and a group can be dropped as a whole.
 */

interface Kept<Value> {
  readonly group: number;
  readonly key: string;
  readonly value: Value;
  readonly bytes: number;
  /** Neighbours in the order of use. */
  older: Kept<Value> | undefined;
  newer: Kept<Value> | undefined;
}

export interface LruLimits {
  readonly bytes: number;
  readonly entries: number;
}

export class Lru<Value> {
  readonly #limits: LruLimits;
  readonly #groups = new Map<number, Map<string, Kept<Value>>>();
  readonly #onEvicted: () => void;
  #oldest: Kept<Value> | undefined;
  #newest: Kept<Value> | undefined;
  #bytes = 0;
  #entries = 0;

  /** `onEvicted` is called for each value that left for want of room. */
  constructor(limits: LruLimits, onEvicted: () => void = () => undefined) {
    this.#limits = limits;
    this.#onEvicted = onEvicted;
  }

  /** Sum of the bytes of all values. */
  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries;
  }

  /** The value, which is now the one used last. */
  get(group: number, key: string): Value | undefined {
    const kept = this.#groups.get(group)?.get(key);
    if (kept === undefined) return undefined;
    this.#unlink(kept);
    this.#append(kept);
    return kept.value;
  }

  /** Keeps a value in place of one with the same key; returns false for one that is larger than all that may be kept. */
  set(group: number, key: string, value: Value, bytes: number): boolean {
    const former = this.#groups.get(group)?.get(key);
    if (former !== undefined) this.#remove(former);
    if (bytes > this.#limits.bytes) return false;
    const kept = { group, key, value, bytes, older: undefined, newer: undefined };
    const members = this.#groups.get(group) ?? new Map<string, Kept<Value>>();
    this.#groups.set(group, members.set(key, kept));
    this.#append(kept);
    this.#bytes += bytes;
    this.#entries++;
    while (this.#bytes > this.#limits.bytes || this.#entries > this.#limits.entries) {
      this.#remove(this.#oldest!);
      this.#onEvicted();
    }
    return true;
  }

  /** Drops all values of a group. */
  drop(group: number): void {
    for (const kept of this.#groups.get(group)?.values() ?? []) {
      this.#unlink(kept);
      this.#bytes -= kept.bytes;
      this.#entries--;
    }
    this.#groups.delete(group);
  }

  #remove(kept: Kept<Value>): void {
    const members = this.#groups.get(kept.group)!;
    members.delete(kept.key);
    if (members.size === 0) this.#groups.delete(kept.group);
    this.#unlink(kept);
    this.#bytes -= kept.bytes;
    this.#entries--;
  }

  #append(kept: Kept<Value>): void {
    kept.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = kept;
    else this.#newest.newer = kept;
    this.#newest = kept;
  }

  #unlink(kept: Kept<Value>): void {
    const { older, newer } = kept;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    kept.older = undefined;
    kept.newer = undefined;
  }
}
