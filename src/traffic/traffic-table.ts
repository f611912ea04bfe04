/**
 * The traffic of every model that has any. What model.json declares holds from the moment at which its versions enter the
 * catalogue, and again whenever it has changed since; until then, what was set by a request.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import type { TrafficConfig } from '../repository/model-json/traffic.ts';
import type { Catalogue, Model } from '../serving/catalogue.ts';
import type { TrafficEvents } from '../telemetry/events/traffic.ts';
import { Counts } from './counts.ts';
import { baselineOf, knownOf, ModelTraffic, type Origin, type TrafficState } from './model-traffic.ts';

/** A change that keeps what was counted. */
export interface Change {
  readonly settings: TrafficConfig;
  readonly origin: Origin;
  readonly state: TrafficState;
  /** Why. */
  readonly reason: string | undefined;
}

export class TrafficTable {
  readonly #catalogue: Catalogue;
  readonly #clock: Clock;
  readonly #events: TrafficEvents;
  readonly #models = new Map<string, ModelTraffic>();
  #headers: readonly string[] = [];
  #seen = -1;
  /** Called when the settings of a model are others. */
  onChange: (traffic: ModelTraffic) => void = () => undefined;

  constructor(catalogue: Catalogue, clock: Clock, events: TrafficEvents) {
    this.#catalogue = catalogue;
    this.#clock = clock;
    this.#events = events;
  }

  /** Headers that are keys of a split, in lower case. */
  get headers(): readonly string[] {
    this.#follow();
    return this.#headers;
  }

  /** Undefined for a model whose traffic was never set. */
  of(model: Pick<Model, 'name'>): ModelTraffic | undefined {
    this.#follow();
    return this.#models.get(model.name);
  }

  /** The traffic of a model whose traffic was never set. */
  unset({ name }: Pick<Model, 'name'>): ModelTraffic {
    return new ModelTraffic(name, () => knownOf(this.#catalogue.model(name)));
  }

  /** Sets the traffic of a model; `settings` have no fault. What was counted is forgotten. */
  set(model: Model, settings: TrafficConfig, origin: Origin): ModelTraffic {
    const traffic = this.of(model) ?? this.unset(model);
    this.#models.set(model.name, traffic);
    const known = knownOf(model);
    traffic.counts = new Counts();
    traffic.sinceMs = this.#clock.now();
    traffic.baseline = baselineOf(settings, known);
    this.#apply(traffic, model, { settings, origin, state: 'steady', reason: undefined });
    this.#events.set(model.name, settings, origin);
    return traffic;
  }

  /** Changes the traffic of a model by a step whose outcome is judged by what was counted before. */
  change(model: Model, traffic: ModelTraffic, change: Change): void {
    this.#apply(traffic, model, change);
  }

  #apply(traffic: ModelTraffic, model: Model, { settings, origin, state, reason }: Change): void {
    traffic.origin = origin;
    traffic.set(settings);
    traffic.state = state;
    traffic.reason = reason;
    this.#keepHeaders();
    const shares = new Map(traffic.shares.map(({ version, share }) => [version, share]));
    for (const { version } of model.versions) {
      this.#events.share({ model: model.name, version }, shares.get(version) ?? 0);
    }
    this.onChange(traffic);
  }

  /** Takes over what the catalogue declares, if that has changed. */
  #follow(): void {
    const { changes } = this.#catalogue;
    if (changes === this.#seen) return;
    this.#seen = changes;
    for (const name of this.#models.keys()) {
      if (this.#catalogue.model(name) === undefined) this.#models.delete(name);
    }
    this.#keepHeaders();
    for (const model of this.#catalogue.models) {
      const declared = model.versions.at(-1)?.source?.entry.config.traffic;
      const traffic = this.#models.get(model.name);
      if (isDeepStrictEqual(declared, traffic?.declared)) continue;
      this.set(model, declared ?? {}, 'model.json').declared = declared;
    }
  }

  #keepHeaders(): void {
    this.#headers = [...new Set([...this.#models.values()].flatMap(({ header }) => header ?? []))];
  }
}
