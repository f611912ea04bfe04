/**
 * The limits of callers, in the path of a request: by its head before the body is read and, where rows are counted, once
 * they are known. A caller over its limit is refused as early and as cheaply as there is.
 */
import type { Exchange } from '../../http/exchange.ts';
import type { Access } from '../../http/route-facts.ts';
import type { Identity } from '../identity.ts';
import type { Standing } from './ledger/account.ts';
import type { Failures } from './failures.ts';
import type { Ledger } from './ledger/local.ts';
import type { CallerKind, Limited, LimitedCallers } from './limited.ts';
import { overLimit, tooManyAtOnce, type RefusalStyle } from './refusal.ts';
import { Running } from './running.ts';

/** The limit that a request was refused by. */
export type LimitName = 'rate' | 'daily' | 'concurrency' | 'failures';

export interface LimitsParts {
  readonly callers: LimitedCallers;
  readonly ledger: Ledger;
  /** Undefined: requests without valid credentials are not counted. */
  readonly failures: Failures | undefined;
  readonly style: RefusalStyle;
  readonly events: { refused(caller: CallerKind, limit: LimitName): void };
}

/** A request whose rows will be counted. */
interface Ticket {
  readonly caller: Limited;
  readonly daily: boolean;
  /** Requests that the caller may still begin; undefined where that is not limited. */
  readonly concurrency: number | undefined;
  /** Of its answer; written again when the rows are counted. */
  readonly fields: [name: string, value: string][];
}

export class Limits {
  readonly #parts: LimitsParts;
  readonly #running = new Running();
  readonly #tickets = new WeakMap<Exchange, Ticket>();

  constructor(parts: LimitsParts) {
    this.#parts = parts;
  }

  /** Callers that are remembered. */
  get size(): number {
    return this.#parts.ledger.size + (this.#parts.failures?.size ?? 0);
  }

  /**
   * Lets a request pass that is within the limits of its caller, and tells the caller of them. Probes are let through, and
   * so is what browsers ask before a request. Only predictions count for the day.
   * @throws ServingError RATE_LIMITED or QUOTA_EXCEEDED
   */
  admit(exchange: Exchange, identity: Identity | undefined, access: Access): void | Promise<void> {
    if (identity !== undefined) this.#parts.failures?.succeeded(exchange);
    if (access === 'anyone' || exchange.head.method === 'OPTIONS') return;
    const caller = this.#parts.callers.of(exchange, identity);
    if (caller === undefined) return;
    const concurrency = this.#begin(exchange, caller);
    const daily = access === 'predict';
    const ticket: Ticket = { caller, daily, concurrency, fields: [] };
    const standing = this.#parts.ledger.charge(caller, { cost: 1, held: 0, daily });
    if (!(standing instanceof Promise)) return this.#settle(exchange, ticket, standing);
    return standing.then((late) => this.#settle(exchange, ticket, late));
  }

  /**
   * Counts the rows of a prediction, of which its head has paid one. Does nothing where requests are counted.
   * @throws ServingError RATE_LIMITED or QUOTA_EXCEEDED
   */
  chargeRows(exchange: Exchange, rows: number): void | Promise<void> {
    const ticket = this.#tickets.get(exchange);
    if (ticket === undefined || rows <= 1) return;
    const { caller, daily } = ticket;
    const standing = this.#parts.ledger.charge(caller, { cost: rows - 1, held: 1, daily });
    if (!(standing instanceof Promise)) return this.#settle(exchange, ticket, standing);
    return standing.then((late) => this.#settle(exchange, ticket, late));
  }

  /**
   * Before credentials are looked at.
   * @throws ServingError RATE_LIMITED where too many from that address were not valid
   */
  attempted(exchange: Exchange): void {
    const refused = this.#parts.failures?.attempted(exchange);
    if (refused === undefined) return;
    this.#parts.events.refused('address', 'failures');
    throw refused;
  }

  /** Called for a request whose credentials are refused, or that has none where some are needed. */
  refused(exchange: Exchange): void {
    this.#parts.failures?.failed(exchange);
  }

  #begin(exchange: Exchange, { name, policy, fields, kind }: Limited): number | undefined {
    const limit = policy.concurrency;
    if (limit === undefined) return undefined;
    const left = this.#running.enter(name, limit);
    if (left === undefined) {
      const concurrency = { remaining: 0, nextMs: 0 };
      exchange.addHeaders(fields.of({ concurrency, rate: undefined, daily: undefined }));
      this.#parts.events.refused(kind, 'concurrency');
      throw tooManyAtOnce(limit, this.#parts.style);
    }
    exchange.onEnd(() => this.#running.leave(name));
    return left;
  }

  #settle(exchange: Exchange, ticket: Ticket, standing: Standing): void {
    if (exchange.ended) return;
    this.#tell(exchange, ticket, standing);
    if (standing.refusedBy === undefined) return;
    const { kind, policy } = ticket.caller;
    this.#parts.events.refused(kind, standing.refusedBy);
    throw overLimit(standing, policy, this.#parts.style);
  }

  #tell(exchange: Exchange, ticket: Ticket, { rate, daily }: Standing): void {
    const { concurrency: left, caller, fields } = ticket;
    const concurrency = left === undefined ? undefined : { remaining: left, nextMs: 0 };
    const told = caller.fields.of({ rate, daily, concurrency });
    if (this.#parts.style.unit === 'requests') return exchange.addHeaders(told);
    if (fields.length === 0) {
      // Pairs of its own: their values change when the rows are known.
      fields.push(...told.map(([name, value]): [string, string] => [name, value]));
      exchange.addHeaders(fields);
      this.#tickets.set(exchange, ticket);
      return;
    }
    for (const [name, value] of told) {
      const field = fields.find((known) => known[0] === name);
      if (field !== undefined) field[1] = value;
    }
  }
}
