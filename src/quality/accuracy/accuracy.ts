/**
 * How often each version of each model was right, by the route that its requests came and by the day of its answers (UTC).
 * Days leave as their predictions leave the log, so that it has a bounded size: versions x routes x days.
 */
import type { FeedbackEntry } from '../feedback/entry.ts';
import { Tally } from './tally.ts';

/** Where there was nothing to choose. */
export const NO_ROUTE = 'default';

const DAY_MS = 86_400_000;

/** One version by one route. */
export interface RouteTallies {
  readonly version: string;
  readonly route: string;
  /** By the first millisecond of the day, since 1970. */
  readonly days: ReadonlyMap<number, Tally>;
}

type Days = Map<number, Tally>;

export class Accuracy {
  readonly #keepMs: number;
  readonly #now: () => number;
  /** By model, then by version and route. */
  readonly #models = new Map<string, Map<string, RouteTallies & { readonly days: Days }>>();
  #forgottenUntil = -Infinity;

  /** `keepMs`: how long a prediction counts. `now`: milliseconds since 1970. */
  constructor(keepMs: number, now: () => number) {
    this.#keepMs = keepMs;
    this.#now = now;
  }

  /** Names of models of which something was said. */
  get models(): readonly string[] {
    this.#forget();
    return [...this.#models.keys()];
  }

  add(entry: FeedbackEntry): void {
    this.#forget();
    const day = dayOf(entry.answeredAt);
    if (day < this.#forgottenUntil) return;
    const { days } = this.#routeOf(entry);
    let tally = days.get(day);
    if (tally === undefined) days.set(day, (tally = new Tally()));
    tally.add(entry);
  }

  /** Versions and routes of a model, in the order in which something was first said of them. */
  of(model: string): readonly RouteTallies[] {
    this.#forget();
    return [...(this.#models.get(model)?.values() ?? [])];
  }

  #routeOf({ model, version, route = NO_ROUTE }: FeedbackEntry): RouteTallies & { readonly days: Days } {
    let routes = this.#models.get(model);
    if (routes === undefined) this.#models.set(model, (routes = new Map()));
    const key = `${version} ${route}`;
    let found = routes.get(key);
    if (found === undefined) routes.set(key, (found = { version, route, days: new Map() }));
    return found;
  }

  /** Once a day. */
  #forget(): void {
    const until = dayOf(this.#now() - this.#keepMs);
    if (until === this.#forgottenUntil) return;
    this.#forgottenUntil = until;
    for (const [model, routes] of this.#models) {
      for (const [key, { days }] of routes) {
        for (const day of days.keys()) if (day < until) days.delete(day);
        if (days.size === 0) routes.delete(key);
      }
      if (routes.size === 0) this.#models.delete(model);
    }
  }
}

const dayOf = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS;
