/**
 * A pipeline: looks at its triggers, begins runs and carries them to their end. One process at a time works on a model, and what it
 * does is in the journal before it is told to anybody.
 */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Clock } from '../clock.ts';
import type { RunCommand } from './command.ts';
import type { Context, Steps } from './context.ts';
import type { Job } from './job/job.ts';
import { highestOf } from './journal/cut.ts';
import type { EventData, PipelineEvent } from './journal/event.ts';
import { Journal } from './journal/journal.ts';
import { openRun, runsOf } from './journal/progress.ts';
import { BEAT_MS, Lock } from './lock.ts';
import { pause } from './pause.ts';
import { PipelineError } from './pipeline-error.ts';
import { Delivery } from './report/delivery.ts';
import { expositionOf } from './report/metrics.ts';
import { publish } from './report/publish.ts';
import { carryOn, type Ended } from './run.ts';
import type { Served } from './server/served.ts';
import type { PipelineSettings } from './settings/load.ts';
import { dueOf, type Due } from './triggers/due.ts';
import { readingsOf } from './triggers/readings.ts';

export interface PipelineParts {
  readonly settings: PipelineSettings;
  readonly served: Served;
  readonly job: Job;
  readonly command: RunCommand;
  readonly steps: Steps;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly say: (sentence: string) => void;
}

/** What begins a run by itself. */
export interface Wish extends Due {
  /** A folder with a candidate that was trained already. */
  readonly candidate?: string | undefined;
}

/** While the server is away, the triggers are looked at again after this. */
const AWAY_MS = 10_000;

export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #journal: Journal;
  readonly #lock: Lock;
  readonly #delivery: Delivery | undefined;
  readonly #stop = new AbortController();
  #lookedAt: number | undefined;
  #stopBeating: (() => void) | undefined;
  #publishing: Promise<void> = Promise.resolve();
  #fault: string | undefined;

  /** @throws PipelineError busy when another process works on the model, settings when the state folder cannot be used */
  constructor(parts: PipelineParts) {
    const { settings, now, signal, say } = parts;
    this.#parts = parts;
    this.#lock = Lock.take(settings.models, settings.model);
    try {
      this.#journal = new Journal({ folder: settings.state, model: settings.model, now });
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#delivery =
      settings.events &&
      new Delivery({ ...settings.events, folder: settings.state, events: () => this.#journal.events, say });
    this.#journal.onEvent = () => this.#told();
    setMaxListeners(0, this.#stop.signal);
    const end = (): void => this.#stop.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.#beat();
  }

  /** Whether a run was cut off, and goes on with the next call. */
  get isOpen(): boolean {
    return openRun(this.#journal.events) !== undefined;
  }

  /** Goes on with the run that was cut off; where there is none, begins one. @throws PipelineError */
  async run(wish: Wish): Promise<Ended> {
    if (!this.isOpen) await this.#begin(wish);
    else this.#parts.say('Going on with the run that was cut off.');
    return this.#carryOn();
  }

  /** The same if a trigger says so; undefined when none does. @throws PipelineError also when the server is away */
  async once(): Promise<Ended | undefined> {
    if (this.isOpen) return this.#carryOn();
    const due = await this.#due();
    return due === undefined ? undefined : this.run(due);
  }

  /** Looks at the triggers until the signal is aborted. `ended`: told of each run. @throws PipelineError other than `away` */
  async watch(ended: (how: Ended) => void): Promise<void> {
    const { settings, clock, say } = this.#parts;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let waitMs = settings.triggers.lookMs;
      try {
        const how = await this.once();
        if (how !== undefined) ended(how);
        this.#fault = undefined;
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof PipelineError) || error.kind !== 'away') throw error;
        if (error.message !== this.#fault) say(error.message);
        this.#fault = error.message;
        waitMs = Math.min(waitMs, AWAY_MS);
      }
      await pause(clock, waitMs, signal).catch(() => undefined);
    }
    this.#throwIfLost();
  }

  /** Gives the model back. What was to be told is told, for a short time. */
  async close(): Promise<void> {
    this.#stopBeating?.();
    await this.#publishing;
    await this.#delivery?.tell();
    await this.#delivery?.close();
    this.#journal.close();
    this.#lock.release();
  }

  async #due(): Promise<Due | undefined> {
    const { settings, served, now } = this.#parts;
    const readings = await readingsOf(settings.triggers, served, this.#stop.signal);
    this.#lookedAt = now();
    this.#told();
    return dueOf(settings.triggers, readings, runsOf(this.#journal.events).at(-1), now());
  }

  async #begin({ trigger, reason, candidate }: Wish): Promise<void> {
    const { settings, served, now } = this.#parts;
    this.#journal.cut();
    const { labels } =
      settings.triggers.labels === undefined
        ? {}
        : await readingsOf(settings.triggers, served, this.#stop.signal).catch(() => ({ labels: undefined }));
    const data: EventData['run.started'] = { trigger, reason, labels, candidate };
    this.#journal.append(runIdAt(now()), 'run.started', data);
  }

  async #carryOn(): Promise<Ended> {
    try {
      return await carryOn({
        journal: this.#journal,
        steps: this.#parts.steps,
        context: this.#context(),
        stillOurs: () => this.#lock.beat(),
        say: this.#parts.say,
      });
    } catch (error) {
      this.#throwIfLost();
      throw error;
    }
  }

  #context(): Context {
    const { settings, served, job, command, clock, now, env } = this.#parts;
    const events = (): readonly PipelineEvent[] => this.#journal.events;
    const { id } = openRun(events())!;
    return {
      ...{ settings, served, job, command, clock, now, env },
      signal: this.#stop.signal,
      highest: () => highestOf(events()),
      promoted: () =>
        runsOf(events()).flatMap(({ end, facts }) =>
          end?.outcome === 'promoted' && facts.export !== undefined ? [facts.export.version] : [],
        ),
      tell: (kind, data) => void this.#journal.append(id, kind, data),
    };
  }

  /** Shows that this process lives, as long as it does. */
  #beat(): void {
    this.#stopBeating = this.#parts.clock.after(BEAT_MS, () => {
      try {
        this.#lock.beat();
        this.#beat();
      } catch (error) {
        this.#stop.abort(error);
      }
    });
  }

  #throwIfLost(): void {
    const reason: unknown = this.#stop.signal.reason;
    if (reason instanceof PipelineError) throw reason;
  }

  /** Tells of the events that are on the disk. Nothing waits for it. */
  #told(): void {
    const { settings, say } = this.#parts;
    void this.#delivery?.tell();
    this.#publishing = this.#publishing.then(async () => {
      const text = expositionOf({
        model: settings.model,
        events: this.#journal.events,
        lookedAt: this.#lookedAt,
        waiting: this.#delivery?.waiting.length ?? 0,
      });
      for (const fault of await publish(text, settings)) say(`Metrics are not told: ${fault}.`);
    });
  }
}

/** Sorts by time, and fits a label of Kubernetes. */
const runIdAt = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`;
