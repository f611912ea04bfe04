/**
 * The server's own pull: at its start, and again every so often. While the store cannot be read, what was pulled before is
 * served, and nothing of it is touched. Replicas do not ask at the same moment.
 */
import type { Clock } from '../clock.ts';
import { StoreUnreachable, type Traffic } from '../outbound/store/connection.ts';
import { ArtifactError } from './artifact-error.ts';
import { hasChanged, faultOf, pull, type PulledModel, type PullFailure } from './folder/pull.ts';
import type { PullSettings } from './folder/pull-settings.ts';
import { pulledModels, settle } from './folder/pulled-models.ts';
import type { OfferedModel, Source } from './source/source.ts';
import { chosenOf, type Wanted } from './source/wanted.ts';

export interface WatchSettings extends Omit<PullSettings, 'signal' | 'replaces' | 'removes'> {
  readonly source: Source;
  readonly clock: Clock;
  readonly wanted: readonly Wanted[];
  /** 0: only at the start. */
  readonly pollMs: number;
  readonly events: WatchEvents;
  readonly traffic: () => Traffic;
  /** From 0 to 1, for tests. */
  readonly random?: () => number;
}

export interface WatchEvents {
  /** Models are going to be pulled. */
  watching(): void;
  /** The store was asked and nothing has changed. */
  unchanged(): void;
  pulled(source: string, model: PulledModel, ms: number): void;
  /** The model stays as it was. */
  refused(source: string, failure: PullFailure): void;
  /** The store cannot be read: what was pulled before is served. */
  unreadable(source: string, fault: string, reason: string): void;
  /** What was pulled has been compared and is all there. */
  current(): void;
  /** Requests and bytes of it, since the last call. */
  asked(requests: number, sentBytes: number, receivedBytes: number): void;
}

/** The first pull of a start that has something to fall back on. */
const START_MS = 20_000;
const JITTER = 0.1;

export class ArtifactWatch {
  readonly #settings: WatchSettings;
  readonly #stop = new AbortController();
  #tag: string | undefined;
  #told: Traffic = { requests: 0, sentBytes: 0, receivedBytes: 0 };
  #disarm = (): void => undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(settings: WatchSettings) {
    this.#settings = settings;
  }

  /**
   * Pulls before anything is served.
   * @throws ArtifactError when the store cannot be read and nothing was ever pulled
   */
  async begin(): Promise<void> {
    const { models, clock } = this.#settings;
    this.#settings.events.watching();
    await settle(models, clock, this.#stop.signal);
    const isFallback = (await pulledModels(models)).length > 0;
    const late = new AbortController();
    const disarm = isFallback
      ? clock.after(START_MS, () => late.abort(new StoreUnreachable('it does not answer')))
      : undefined;
    try {
      await this.#pull(late.signal, !isFallback);
    } finally {
      disarm?.();
    }
  }

  /** Asks from now on. `changed`: called with the models that are other ones on disk; resolves when they were taken in. */
  start(changed: (models: readonly string[]) => Promise<void>): void {
    const { pollMs, clock, random = Math.random } = this.#settings;
    if (pollMs === 0 || this.#stop.signal.aborted) return;
    const ms = pollMs * (1 + JITTER * (2 * random() - 1));
    this.#disarm = clock.after(ms, () => {
      this.#running = this.#pull(undefined, false)
        .then((names) => (names.length === 0 ? undefined : changed(names)))
        .catch(() => undefined)
        .then(() => this.start(changed));
    });
  }

  /** Begins nothing more, and ends what is under way; resolves when it has ended. May be called twice. */
  async stop(): Promise<void> {
    this.#disarm();
    this.#stop.abort(new ArtifactError('unreachable', 'The server is shutting down.'));
    await this.#running;
    await this.#settings.source.close();
  }

  /** Names of the models that have changed. `late`: ends the reading of the offer, not of the files. */
  async #pull(late: AbortSignal | undefined, throws: boolean): Promise<readonly string[]> {
    const { source, events, clock } = this.#settings;
    const { signal } = this.#stop;
    const changed: string[] = [];
    try {
      const offer = await source.offer(
        this.#tag,
        late === undefined ? signal : AbortSignal.any([signal, late]),
      );
      if (offer === 'unchanged') {
        events.unchanged();
        return changed;
      }
      if (offer.models.size === 0) {
        throw new ArtifactError(
          'missing',
          `There is no model in ${source.address}: nothing is changed here.`,
        );
      }
      const wanted = chosenOf(offer.models, this.#settings.wanted, source.address);
      const startedAt = clock.now();
      const report = await pull(await this.#withGone(wanted), {
        ...this.#settings,
        signal,
        replaces: 'damaged',
        removes: true,
      });
      for (const model of report.models.filter(hasChanged)) {
        changed.push(model.model);
        events.pulled(source.address, model, clock.now() - startedAt);
      }
      for (const failure of report.failures) events.refused(source.address, failure);
      // What has failed is tried again at the next look.
      if (report.failures.length === 0) {
        this.#tag = offer.tag;
        events.current();
      }
    } catch (error) {
      if (signal.aborted) throw error;
      const { fault, reason } = faultOf(error);
      events.unreadable(source.address, fault, reason);
      if (throws) throw new ArtifactError(fault, reason, { cause: error });
    } finally {
      this.#tell();
    }
    return changed;
  }

  /** With models that were pulled and are no longer offered: of those nothing is left. */
  async #withGone(wanted: ReadonlyMap<string, OfferedModel>): Promise<ReadonlyMap<string, OfferedModel>> {
    const names = await pulledModels(this.#settings.models);
    const gone = names.filter((name) => !wanted.has(name));
    const nothing: OfferedModel = { files: [], versions: new Map() };
    return new Map([...wanted, ...gone.map((name) => [name, nothing] as const)]);
  }

  #tell(): void {
    const now = this.#settings.traffic();
    const before = this.#told;
    this.#told = now;
    this.#settings.events.asked(
      now.requests - before.requests,
      now.sentBytes - before.sentBytes,
      now.receivedBytes - before.receivedBytes,
    );
  }
}
