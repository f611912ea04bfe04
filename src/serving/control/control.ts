/**
 * When models change while the server serves: as their files do (poll), or when a client asks (explicit). One change is
 * made at a time.
 */
import type { Clock } from '../../clock.ts';
import { ServingError } from '../../errors.ts';
import { fingerprintOf, type Look } from '../../repository/look/look.ts';
import { ModelError } from '../../repository/model-error.ts';
import type { Events } from '../../telemetry/events/events.ts';
import type { Serving } from '../serving.ts';
import { ModelChanges, type ChangesServing, type ChangesSettings } from './changes.ts';
import { rowsOf, type IndexRow } from './index-rows.ts';

export interface ControlSettings extends ChangesSettings {
  readonly mode: 'none' | 'poll' | 'explicit';
  readonly pollMs: number;
  readonly clock: Clock;
  readonly events: ChangesSettings['events'] & Pick<Events['models'], 'folderUnreadable'>;
  readonly serving: ChangesServing & Pick<Serving, 'leaving'>;
  /** The look that the models at the start were taken from; those that are not in the catalogue were left out. */
  readonly first: Look;
}

/** While something is changing, the next look comes after this many milliseconds, or sooner if looks are more frequent. */
const SETTLE_MS = 1000;

export class ModelControl {
  readonly #settings: ControlSettings;
  readonly #changes: ModelChanges;
  /** By model: the fingerprint of what was applied last, in mode poll; at first all that was there at the start. */
  readonly #applied: Map<string, string>;
  #look: Look;
  #stopTimer: (() => void) | undefined;
  #stopped = false;
  #unreadable: string | undefined;
  /** The look that callers of index() wait for. */
  #indexing: Promise<void> | undefined;
  /** Settles with the last change. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(settings: ControlSettings) {
    const { first, serving } = settings;
    this.#settings = settings;
    this.#changes = new ModelChanges(settings);
    this.#look = first;
    // A model that was left out at the start is loaded once it changes.
    this.#applied = new Map([...first.models].map(([name, look]) => [name, fingerprintOf(look)]));
    for (const look of first.models.values()) {
      if (serving.catalogue.model(look.name) !== undefined) this.#changes.begin(look);
    }
  }

  /** Begins to look at the folder, in mode poll. */
  start(): void {
    if (this.#settings.mode === 'poll') this.#pollAfter(this.#settings.pollMs);
  }

  /** Begins no further change. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
  }

  /**
   * Loads a model as it lies in the repository, also one that is loaded; its versions serve until the new ones do.
   * @throws ServingError MODEL_NOT_FOUND, MODEL_REFUSED when any version of it is not served, or DRAINING
   */
  load(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stopped) throw draining();
      const { models } = await this.#lookNow().catch((error: unknown) => {
        throw refused(name, [error instanceof Error ? error.message : String(error)]);
      });
      const look = models.get(name);
      if (look === undefined) throw notFound(name);
      const refusals = await this.#changes.apply(look, true);
      if (refusals.length > 0) throw this.#stopped ? draining() : refused(name, refusals);
    });
  }

  /**
   * Resolves when requests no longer find the model; those that it has taken are answered.
   * @throws ServingError MODEL_NOT_FOUND
   */
  unload(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#settings.serving.catalogue.model(name) === undefined) throw notFound(name);
      this.#changes.remove(name);
    });
  }

  /**
   * Makes these models what lies in the repository now, in every mode and at once: whoever calls this has put them there
   * whole. What is refused is shown with its reason.
   */
  refresh(names: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stopped) return;
      const { models } = await this.#lookNow();
      for (const name of names) {
        const found = models.get(name);
        this.#applied.set(name, fingerprintOf(found));
        if (found === undefined) this.#changes.remove(name);
        else await this.#changes.apply(found);
      }
    });
  }

  /** Every version that is served, loaded or refused, and every model that is there and not loaded. */
  async index(): Promise<readonly IndexRow[]> {
    const { mode, serving } = this.#settings;
    // Anybody may ask: those that ask meanwhile share one look.
    if (mode === 'explicit') {
      this.#indexing ??= this.#lookNow()
        .then(() => undefined)
        .catch((error: unknown) => this.#noteUnreadable(error))
        .finally(() => (this.#indexing = undefined));
      await this.#indexing;
    }
    return rowsOf(serving, this.#look);
  }

  #pollAfter(ms: number): void {
    if (this.#stopped) return;
    this.#stopTimer = this.#settings.clock.after(ms, () => void this.#inTurn(() => this.#poll()));
  }

  async #poll(): Promise<void> {
    const { pollMs } = this.#settings;
    let changing = false;
    try {
      changing = await this.#changeSettled();
      this.#unreadable = undefined;
    } catch (error) {
      this.#noteUnreadable(error);
    }
    this.#pollAfter(changing ? Math.min(SETTLE_MS, pollMs) : pollMs);
  }

  /** Applies what two looks in a row have found the same. Returns whether anything else is changing. */
  async #changeSettled(): Promise<boolean> {
    const before = this.#look;
    const look = await this.#lookNow();
    // A folder that is not mounted has no models either.
    if (look.models.size === 0) throw new ModelError(`There is no model in ${look.repository.root}.`);
    const served = this.#settings.serving.catalogue.models.map(({ name }) => name);
    let changing = false;
    for (const name of new Set([...look.models.keys(), ...served])) {
      const found = look.models.get(name);
      const now = fingerprintOf(found);
      if (now !== fingerprintOf(before.models.get(name))) changing = true;
      else if (now !== this.#applied.get(name) && !this.#stopped) {
        this.#applied.set(name, now);
        if (found === undefined) this.#changes.remove(name);
        else await this.#changes.apply(found);
      }
    }
    return changing;
  }

  /** @throws ModelError when the folder cannot be read */
  async #lookNow(): Promise<Look> {
    return (this.#look = await this.#settings.look());
  }

  #noteUnreadable(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#unreadable) this.#settings.events.folderUnreadable(reason);
    this.#unreadable = reason;
  }

  /** Makes changes one after the other. */
  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change, change);
    this.#last = done;
    return done;
  }
}

const draining = (): ServingError => new ServingError('DRAINING', 'The server is shutting down.');

const notFound = (name: string): ServingError =>
  new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);

const refused = (name: string, reasons: readonly string[]): ServingError =>
  new ServingError('MODEL_REFUSED', `Model ${name} cannot be loaded: ${reasons.join(' ')}`);
