/**
 * Keeps file descriptors back from clients, for the work of the server itself. It also keeps the last one from being
 * used up: uWebSockets.js then tries to accept without a pause for as long as a client waits, on a whole core.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';

/** For files that are read now and then, as for /metrics, and for threads that start again. */
const OWN_USE = 16;

export interface DescriptorFacts {
  /** Most descriptors that the process may have open; Infinity where that is not known. */
  readonly limit: number;
  /** The number that the next open gets: all below it are in use. Infinity when there is none. */
  readonly lowestFree: () => number;
}

export class Descriptors {
  readonly limit: number;
  readonly #lowestFree: () => number;
  readonly #reserve: number;
  readonly #watchFrom: number;
  #scarce = false;

  /** `outgoing`: connections that the server itself may have open at a time. */
  constructor(outgoing: number, facts: DescriptorFacts = systemFacts()) {
    this.limit = facts.limit;
    this.#lowestFree = facts.lowestFree;
    this.#reserve = Math.min(OWN_USE + outgoing, Math.floor(facts.limit / 8));
    this.#watchFrom = (facts.limit - facts.lowestFree()) / 3;
  }

  /** Whether the newest of so many connections can stay. Takes 5 us when there are many. */
  hasRoomFor(connections: number): boolean {
    // Far from the limit nothing is asked of the system.
    const left = connections < this.#watchFrom ? Infinity : this.limit - this.#lowestFree();
    this.#scarce = left <= 2 * this.#reserve;
    return left > this.#reserve;
  }

  /** Whether few were left at the last look: connections should end with their answer, so that others get a turn. */
  get scarce(): boolean {
    return this.#scarce;
  }
}

const systemFacts = (): DescriptorFacts => ({ limit: softLimit(), lowestFree });

/** Node has raised it to the hard limit when it started. */
function softLimit(): number {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return Number(found?.[1] ?? Infinity);
  } catch {
    return Infinity; // Not on Linux.
  }
}

function lowestFree(): number {
  try {
    const descriptor = openSync('/', 'r');
    closeSync(descriptor);
    return descriptor;
  } catch {
    return Infinity;
  }
}
