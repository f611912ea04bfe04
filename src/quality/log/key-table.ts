/**
 * Where the lines of which key are: a hash table in one typed array, which is written to a file as it is, and looked up
 * there by reading a few hundred bytes. A slot is a key and an offset; a key of 0 is an empty one.
 *
 * Sixteen bytes a slot, at most three of four in use: 21 to 43 bytes a line.
 */
import type { FileHandle } from 'node:fs/promises';

const SLOT_NUMBERS = 2;
const SLOT_BYTES = SLOT_NUMBERS * Float64Array.BYTES_PER_ELEMENT;
const LEAST_SLOTS = 256;
const FULL = 0.75;

/** "ORTKEYS1" as a number, the slots, the lines in the table, the bytes of the file that it is of. */
const HEADER_NUMBERS = 4;
const HEADER_BYTES = HEADER_NUMBERS * Float64Array.BYTES_PER_ELEMENT;
const MAGIC = 0x4f52544b31;

/** Slots that are read at once from a file: a run of used ones is hardly ever longer. */
const READ_SLOTS = 32;
/** Lines that are kept of one key: of a client that uses an id again and again, the newest. */
const MOST_LINES = 16;

/** Something that says where lines are. */
export interface Keys {
  /** Offsets of lines with that key, oldest first. */
  find(key: number): readonly number[] | Promise<readonly number[]>;
}

export class KeyTable implements Keys {
  #slots = new Float64Array(LEAST_SLOTS * SLOT_NUMBERS);
  #count = 0;

  /** Lines in it. */
  get count(): number {
    return this.#count;
  }

  /** Of memory, and of a file. */
  get bytes(): number {
    return HEADER_BYTES + this.#slots.byteLength;
  }

  add(key: number, at: number): void {
    if (this.#count >= FULL * (this.#slots.length / SLOT_NUMBERS)) this.#grow();
    if (this.#put(key, at)) this.#count++;
  }

  find(key: number): readonly number[] {
    const found: number[] = [];
    const slots = this.#slots;
    for (let slot = slotOf(key, slots.length); slots[slot] !== 0; slot = next(slot, slots.length)) {
      if (slots[slot] === key) found.push(slots[slot + 1]!);
    }
    return found;
  }

  /** As a file. `size`: bytes of the file that it is of. */
  encode(size: number): Uint8Array {
    const numbers = new Float64Array(HEADER_NUMBERS + this.#slots.length);
    numbers.set([MAGIC, this.#slots.length / SLOT_NUMBERS, this.#count, size]);
    numbers.set(this.#slots, HEADER_NUMBERS);
    return new Uint8Array(numbers.buffer);
  }

  /** Returns false when it took the place of the oldest line with that key. */
  #put(key: number, at: number): boolean {
    const slots = this.#slots;
    let slot = slotOf(key, slots.length);
    let same = 0;
    for (; slots[slot] !== 0; slot = next(slot, slots.length)) if (slots[slot] === key) same++;
    if (same >= MOST_LINES) return this.#forgetOldest(key, at);
    slots[slot] = key;
    slots[slot + 1] = at;
    return true;
  }

  #forgetOldest(key: number, at: number): false {
    const slots = this.#slots;
    let before = -1;
    for (let slot = slotOf(key, slots.length); slots[slot] !== 0; slot = next(slot, slots.length)) {
      if (slots[slot] !== key) continue;
      if (before >= 0) slots[before + 1] = slots[slot + 1]!;
      before = slot;
    }
    slots[before + 1] = at;
    return false;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(2 * old.length);
    // Keys that are equal stand in the order of their lines: that they begin behind an empty slot keeps them so.
    let start = 0;
    while (old[start] !== 0) start = next(start, old.length);
    for (let slot = next(start, old.length); slot !== start; slot = next(slot, old.length)) {
      if (old[slot] !== 0) this.#put(old[slot]!, old[slot + 1]!);
    }
  }
}

/** A table in a file. Nothing of it is kept in memory. */
export class KeyFile implements Keys {
  readonly #open: () => Promise<FileHandle>;
  readonly #slots: number;

  private constructor(open: () => Promise<FileHandle>, slots: number) {
    this.#open = open;
    this.#slots = slots;
  }

  /** Undefined for a file that is not a whole table of a file of `size` bytes. @throws Error of the file system */
  static async read(open: () => Promise<FileHandle>, size: number): Promise<KeyFile | undefined> {
    const file = await open();
    try {
      const { size: bytes } = await file.stat();
      const header = new Float64Array(HEADER_NUMBERS);
      const { bytesRead } = await file.read(header, 0, HEADER_BYTES, 0);
      const [magic, slots, count, ofSize] = header;
      const whole = bytesRead === HEADER_BYTES && magic === MAGIC && ofSize === size;
      if (!whole || !Number.isSafeInteger(slots) || !(count! < slots!)) return undefined;
      return bytes === HEADER_BYTES + slots! * SLOT_BYTES ? new KeyFile(open, slots!) : undefined;
    } finally {
      await file.close();
    }
  }

  async find(key: number): Promise<readonly number[]> {
    const found: number[] = [];
    const file = await this.#open();
    try {
      const read = new Float64Array(READ_SLOTS * SLOT_NUMBERS);
      let slot = key % this.#slots;
      for (let seen = 0; seen < this.#slots;) {
        const wanted = Math.min(READ_SLOTS, this.#slots - slot);
        const { bytesRead } = await file.read(read, 0, wanted * SLOT_BYTES, HEADER_BYTES + slot * SLOT_BYTES);
        const slots = Math.floor(bytesRead / SLOT_BYTES);
        if (slots === 0) break;
        for (let i = 0; i < slots; i++) {
          const there = read[i * SLOT_NUMBERS];
          if (there === 0) return found.slice(-MOST_LINES);
          if (there === key) found.push(read[i * SLOT_NUMBERS + 1]!);
        }
        seen += slots;
        slot = (slot + slots) % this.#slots;
      }
    } finally {
      await file.close();
    }
    return found.slice(-MOST_LINES);
  }
}

/** Index of the first number of the slot where a key is looked for first. */
const slotOf = (key: number, numbers: number): number => (key % (numbers / SLOT_NUMBERS)) * SLOT_NUMBERS;

const next = (slot: number, numbers: number): number => (slot + SLOT_NUMBERS) % numbers;
