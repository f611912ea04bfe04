/**
 * One budget of bytes for the bodies of all open requests, for what is made of them, and for answers that are not read. A body
 * takes its bytes as they arrive: what a client declares and does not send takes nothing from others. Everything is released once.
 *
 * Where there is no room for a chunk, a body that has nearly stopped coming gives up its place; where there is none, the one
 * that asks does. Whoever gives up frees what it holds, so that bodies that are half read never wait for each other.
 */
import type { Clock } from '../clock.ts';
import { ServingError } from '../errors.ts';

/** A body that brings less than this in a second gives way to others: memory is worth more than its 20 MiB in five minutes. */
const SLOW_BYTES_PER_MS = 64;
const PACE_MS = 1000;

export class ByteBudget {
  readonly limit: number;
  readonly clock: Clock;
  readonly #arriving = new Set<Permit>();
  #used = 0;

  constructor(limit: number, clock: Clock) {
    this.limit = limit;
    this.clock = clock;
  }

  get used(): number {
    return this.#used;
  }

  /**
   * A permit for a body of so many bytes, which it takes as they arrive: none yet. `copies`: how often its bytes are in memory
   * while it is decoded.
   * @throws ServingError BODY_TOO_LARGE when the body never fits, OVERLOADED when there is no room now
   */
  open(bytes: number, copies = 1): Permit {
    if (bytes > this.limit) {
      const message = `The body has ${bytes} bytes, and the server takes ${this.limit} of all bodies together.`;
      throw new ServingError('BODY_TOO_LARGE', message);
    }
    const cost = Math.min(bytes * copies, this.limit);
    if (this.#used + cost > this.limit && !this.#wouldFit(cost)) throw noRoom();
    return new Permit(this, copies);
  }

  /** A permit for something else than a body. */
  hold(): Permit {
    return new Permit(this, 1);
  }

  /** For permits only: takes bytes for one of them, or releases them if negative. Returns false when they do not fit. */
  take(bytes: number, asks?: Permit): boolean {
    if (this.#used + bytes > this.limit && !this.#makeRoom(bytes, asks)) return false;
    this.#used += bytes;
    return true;
  }

  /** For permits only: their body is on its way, or no longer. */
  track(permit: Permit, arrives: boolean): void {
    if (arrives) this.#arriving.add(permit);
    else this.#arriving.delete(permit);
  }

  /** Lets slow bodies give up, those first that came first, until `bytes` fit; none where all of them are not enough. */
  #makeRoom(bytes: number, asks: Permit | undefined): boolean {
    if (!this.#wouldFit(bytes, asks)) return false;
    for (const permit of this.#arriving) {
      if (this.#used + bytes <= this.limit) break;
      if (permit !== asks && permit.slow) permit.giveUp(tooSlow());
    }
    return true;
  }

  /** Whether `bytes` would fit without the slow bodies, but for the one that asks. */
  #wouldFit(bytes: number, asks?: Permit): boolean {
    let used = this.#used;
    for (const permit of this.#arriving) if (permit !== asks && permit.slow) used -= permit.bytes;
    return used + bytes <= this.limit;
  }
}

/** The bytes of the budget that one request holds. */
export class Permit {
  readonly #budget: ByteBudget;
  readonly #copies: number;
  #bytes = 0;
  /** Of the body alone. */
  #body = 0;
  #released = false;
  /** Of a body that is on its way: what to do when it gives up its place, and how fast it has come. */
  #arriving: Arriving | undefined;

  /** `copies`: how often the bytes of the body are in memory while it is decoded. */
  constructor(budget: ByteBudget, copies: number) {
    this.#budget = budget;
    this.#copies = copies;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes more bytes; returns false, and takes none, when they do not fit or the permit was released. */
  grow(bytes: number): boolean {
    if (this.#released) return false;
    this.#arriving?.came(bytes);
    if (!this.#budget.take(bytes, this)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Releases some of its bytes. */
  shrink(bytes: number): void {
    if (this.#released) return;
    this.#arriving?.came(bytes);
    this.#budget.take(-bytes);
    this.#bytes -= bytes;
  }

  /** Takes more bytes. @throws ServingError OVERLOADED when grow() returns false */
  demand(bytes: number): void {
    if (!this.grow(bytes)) throw noRoom();
  }

  /**
   * Takes more bytes of the body, with the copies that decoding it will make; of a body that alone needs more than there is, what
   * there is. @throws ServingError OVERLOADED
   */
  came(bytes: number): void {
    this.#body += bytes;
    const { limit } = this.#budget;
    if (this.#body > limit) throw noRoom();
    this.demand(Math.max(0, Math.min(this.#body * this.#copies, limit) - this.#bytes));
  }

  /**
   * More is to come, of a body, or to be read, of an answer. `giveUp`: ends it, as its bytes are needed by others, and have been
   * released.
   */
  arrives(giveUp: (error: ServingError) => void): void {
    if (this.#released || this.#arriving !== undefined) return;
    this.#arriving = new Arriving(this.#budget.clock, giveUp);
    this.#budget.track(this, true);
  }

  /** All of the body is there: it is not asked to give up any more. */
  arrived(): void {
    if (this.#arriving === undefined) return;
    this.#arriving = undefined;
    this.#budget.track(this, false);
  }

  /** Whether hardly anything of the body has come lately. */
  get slow(): boolean {
    return this.#arriving?.slow ?? false;
  }

  /** For the budget: releases the bytes of a slow body. */
  giveUp(error: ServingError): void {
    const giveUp = this.#arriving?.giveUp;
    this.release();
    giveUp?.(error);
  }

  /** Releases all its bytes; does nothing when called again. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.arrived();
    this.#budget.take(-this.#bytes);
    this.#bytes = 0;
  }
}

/** The pace of a body: slow when nothing came for a second, or hardly anything in the last second that was counted. */
class Arriving {
  readonly giveUp: (error: ServingError) => void;
  readonly #clock: Clock;
  /** When counting began, and when something came last. */
  #sinceMs: number;
  #lastMs: number;
  #bytes = 0;
  #slow = false;

  constructor(clock: Clock, giveUp: (error: ServingError) => void) {
    this.#clock = clock;
    this.#sinceMs = this.#lastMs = clock.now();
    this.giveUp = giveUp;
  }

  came(bytes: number): void {
    const now = this.#clock.now();
    const ms = now - this.#sinceMs;
    if (ms >= PACE_MS) {
      this.#slow = this.#bytes < ms * SLOW_BYTES_PER_MS;
      this.#sinceMs = now;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    this.#lastMs = now;
  }

  get slow(): boolean {
    return this.#slow || this.#clock.now() - this.#lastMs >= PACE_MS;
  }
}

const tooSlow = (): ServingError =>
  new ServingError('OVERLOADED', 'The body came too slowly while the server had no room for other bodies.');

const noRoom = (): ServingError =>
  new ServingError('OVERLOADED', 'The server has no room for more request bodies at the moment.');
