/**
 * Fills inputs of models from feature stores, by the entity keys of requests: one call for what requests ask at the same
 * time, a time limit, defaults, and a breaker for each version. Addresses are those that the operator has listed.
 */
import type { Clock } from '../clock.ts';
import { ServingError } from '../errors.ts';
import type { JsonService } from '../outbound/json-service.ts';
import { storeAddress } from '../repository/feature-store.ts';
import { keyOf } from '../repository/feature-file.ts';
import {
  DEFAULT_TIMEOUT_MS,
  featureNames,
  maxRows,
  type FeaturesConfig,
} from '../repository/model-json/features.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { FeatureEvents } from '../telemetry/events/work/features.ts';
import type { Entities, Keys } from './entities.ts';
import { feastOf } from './feast.ts';
import { fill, type Filled } from './filled.ts';
import { StoreFault, type Columns } from './found.ts';
import { JoinedCalls } from './joined-calls.ts';

export interface FeaturesSettings {
  /** Addresses of stores that may be asked: the option featureStores. */
  readonly listed: readonly string[];
  /** A client of the service at an address; called once for each. */
  readonly connect: (url: URL) => JsonService;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly events: FeatureEvents;
}

type Ask = (rows: readonly Keys[]) => Promise<Columns>;

export class Features {
  readonly #settings: FeaturesSettings;
  readonly #services = new Map<string, JsonService>();
  readonly #asks = new WeakMap<ModelVersion, Ask>();

  constructor(settings: FeaturesSettings) {
    this.#settings = settings;
  }

  /**
   * The inputs that model.json of the version says are filled.
   * @throws ServingError FEATURES_MISSING or FEATURES_UNAVAILABLE where a value has no default
   */
  readonly fill = (version: ModelVersion, entities: Entities): Promise<Filled> =>
    leased(version, () => this.#fill(version, entities));

  async #fill(version: ModelVersion, entities: Entities): Promise<Filled> {
    const { events, now } = this.#settings;
    const { entry } = version.source!;
    const config = entry.config.features!;
    const fault = { message: '' };
    const columns = await this.#columns(version, config, entities).catch((error: unknown) => {
      if (!(error instanceof StoreFault)) throw error;
      fault.message = error.message;
      return undefined;
    });
    const table = config.store === 'feast' ? entry.featureTable : undefined;
    try {
      const filled = fill(entities, {
        config,
        specs: version.signature!.inputs,
        columns,
        table,
        now: now(),
      });
      events.filled(version.labels, filled);
      return filled;
    } catch (error) {
      if (error instanceof ServingError) events.lacking(version.labels, error.code);
      if (!(error instanceof ServingError) || columns !== undefined) throw error;
      // Why is for the log: it names the store.
      throw new ServingError(error.code, error.message, { cause: new Error(fault.message) });
    }
  }

  /** Ends the calls that are out. */
  async close(): Promise<void> {
    await Promise.all([...this.#services.values()].map((service) => service.close()));
  }

  #columns(version: ModelVersion, config: FeaturesConfig, { rows }: Entities): Promise<Columns> {
    let ask = this.#asks.get(version);
    if (ask === undefined) this.#asks.set(version, (ask = this.#askOf(version, config)));
    return ask(rows);
  }

  #askOf(version: ModelVersion, config: FeaturesConfig): Ask {
    const { listed, clock, events } = this.#settings;
    const { labels } = version;
    const address = storeAddress(config, listed);
    if (address === undefined) return (rows) => Promise.resolve(this.#inFile(version, config, rows));
    if (typeof address === 'string')
      throw new Error(`This is a bug: the version was loaded with ${address}.`);
    const names = featureNames(config);
    events.opened(labels, names);
    const feast = feastOf(this.#serviceAt(address), config);
    const calls = new JoinedCalls({
      // A version that is removed meanwhile would leave series behind.
      ask: (rows, signal) => leased(version, () => feast(rows, signal)),
      timeoutMs: config.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxRows: maxRows(names.length),
      clock,
      events: {
        called: (outcome, ms, requests) => events.called(labels, outcome, ms, requests),
        opened: (reason) => events.breakerOpened(labels, reason),
        closed: () => events.breakerClosed(labels),
      },
    });
    return (rows) => calls.columnsOf(rows);
  }

  #inFile(version: ModelVersion, config: FeaturesConfig, rows: readonly Keys[]): Columns {
    const table = version.source!.entry.featureTable!;
    const found = rows.map((keys) => table.rows.get(keyOf(keys)));
    return new Map(
      featureNames(config).map((feature) => [
        feature,
        found.map((row) => {
          const value = row?.values[feature];
          return value === undefined || value === null ? 'missing' : { value, at: row!.at };
        }),
      ]),
    );
  }

  #serviceAt(url: URL): JsonService {
    let service = this.#services.get(url.href);
    if (service === undefined) this.#services.set(url.href, (service = this.#settings.connect(url)));
    return service;
  }
}

/** The version stays usable while `use` runs, also when the request has ended before. */
async function leased<T>(version: ModelVersion, use: () => Promise<T>): Promise<T> {
  version.lease();
  try {
    return await use();
  } finally {
    version.release();
  }
}
