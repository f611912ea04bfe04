/**
 * Drift of one version that is loaded: the reference that its rows are compared with, and the rows that are gathered for
 * another. Its state says why nothing is watched, where nothing is. Never delays an answer: it is told of it afterwards,
 * and looks at a bounded number of elements a second.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../../clock.ts';
import { driftFileOf } from '../../repository/drift/file.ts';
import type { Reference } from '../../repository/drift/schema.ts';
import type { ModelVersion, Signature, Source } from '../../serving/model-version.ts';
import type { DriftEvents } from '../../telemetry/events/drift.ts';
import type { Answered } from '../answered.ts';
import { Gathering } from './baseline/gathering.ts';
import { Monitor } from './monitor.ts';
import { observerOf } from './observe/of-version.ts';
import type { Observer, TakeRow } from './observe/observer.ts';
import type { OfVersion, Preparation, Prepared } from './baseline/preparing.ts';

/**
 * off: there is no drift.json. preparing: it is read. watching: rows are compared with it. refused: it is not used, and the
 * reason says why.
 */
export type DriftState = 'off' | 'preparing' | 'watching' | 'refused';

/** What is asked for with a baseline from live traffic. */
export interface Wish {
  readonly rows: number;
  /** One answer of so many is taken, so that the rows are of a longer time. */
  readonly oneIn: number;
  readonly window: number;
  readonly falseAlarmEvery: number;
}

export interface VersionDriftParts {
  readonly clock: Clock;
  /** Now, in ISO 8601. */
  readonly today: () => string;
  readonly events: DriftEvents;
  /** Has the results of a version say what its images look like, or no longer. */
  readonly watch: (instance: number, on: boolean) => void;
  /** Settings of the server and of model.json that shape the numbers. */
  readonly settingsOf: (version: ModelVersion) => Reference['settings'];
  readonly prepare: (task: Preparation) => Promise<Prepared>;
}

/** Whether there is another drift.json is looked at so often, in milliseconds, while there are answers. */
const LOOK_EVERY_MS = 5000;

/** Elements that are looked at in a second: half a hundredth of the time of the thread that serves everyone. */
const ELEMENTS_PER_MS = 100;
const MOST_ELEMENTS = 10_000;

export class VersionDrift {
  readonly version: ModelVersion;
  state: DriftState = 'off';
  reason: string | undefined;
  monitor: Monitor | undefined;
  /** Rows for a reference that is to be made; undefined unless somebody has asked for one. */
  gathering: { readonly wish: Wish; readonly rows: Gathering; answers: number } | undefined;
  readonly #parts: VersionDriftParts;
  readonly #observer: Observer;
  readonly #source: Source;
  #stamp = '';
  #lookAt = -Infinity;
  #looking: Promise<void> | undefined;
  /** References are prepared one after the other. */
  #work: Promise<void> = Promise.resolve();
  #making = false;
  #elements = MOST_ELEMENTS;
  #countedAt: number;
  #closed = false;

  /** Of a version that is loaded. */
  constructor(version: ModelVersion, signature: Signature, source: Source, parts: VersionDriftParts) {
    this.version = version;
    this.#parts = parts;
    this.#source = source;
    this.#observer = observerOf(version.settings, signature);
    this.#countedAt = parts.clock.now();
  }

  /** Looks whether drift.json is another one than before, and begins to open it then. Resolves when that is known. */
  look(): Promise<void> {
    this.#lookAt = this.#parts.clock.now() + LOOK_EVERY_MS;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  /** Resolves when what was being looked for, read or made is in use, or refused. */
  async settled(): Promise<void> {
    await this.#looking;
    await this.#work;
  }

  /** What was answered; its memory is not kept. */
  answered({ cached, payloads, outcomes }: Answered): void {
    const now = this.#parts.clock.now();
    if (now >= this.#lookAt) void this.look();
    // What the cache had is counted once: rows that repeat are no sample.
    if (cached || (this.monitor === undefined && this.gathering === undefined)) return;
    this.#elements = Math.min(MOST_ELEMENTS, this.#elements + (now - this.#countedAt) * ELEMENTS_PER_MS);
    this.#countedAt = now;
    for (const [index, outcome] of outcomes.entries()) {
      if (this.#elements <= 0) return;
      if (outcome.kind === 'done') this.#observer.read(payloads[index]!, outcome.result, this.#take);
    }
  }

  /** Begins to gather rows for a reference, in the place of what was gathered before. */
  gather(wish: Wish): void {
    this.gathering = { wish, rows: new Gathering(this.#observer, wish.rows), answers: 0 };
    this.#parts.watch(this.#source.instance, true);
    this.#parts.events.gathering(this.version.labels, wish.rows);
  }

  /** The version is gone: nothing of it is reported any more. */
  close(): void {
    this.#closed = true;
    this.gathering = undefined;
    this.monitor = undefined;
  }

  /** Has its results say what they look like again: it was loaded another time. */
  reloaded(): void {
    this.#parts.watch(this.#source.instance, this.monitor !== undefined || this.gathering !== undefined);
  }

  readonly #take: TakeRow = (numbers, classes) => {
    this.#elements -= this.#observer.elements;
    const verdicts = this.monitor?.add(numbers, classes);
    if (verdicts !== undefined) this.#parts.events.judged(this.version.labels, verdicts);
    const { gathering } = this;
    if (gathering === undefined || gathering.answers++ % gathering.wish.oneIn !== 0) return;
    gathering.rows.add(numbers, classes);
    if (gathering.rows.seen >= gathering.wish.rows) this.#make(gathering.wish, gathering.rows);
  };

  async #look(): Promise<void> {
    const stamp = await stampOf(driftFileOf(this.#source.file));
    // What this server is writing itself is in use before it is found.
    if (stamp === this.#stamp || this.#making) return;
    this.#stamp = stamp;
    if (stamp !== '') this.state = 'preparing';
    const task = { kind: 'open', ...this.#of } as const;
    this.#work = this.#work.then(() => (stamp === '' ? this.#put({ kind: 'none' }) : this.#prepare(task)));
  }

  #make({ window, falseAlarmEvery }: Wish, { gathered }: Gathering): void {
    this.gathering = undefined;
    this.#making = true;
    const head = { made: this.#parts.today(), from: 'traffic', window, falseAlarmEvery } as const;
    const task = { kind: 'make', ...this.#of, gathered, head } as const;
    this.#work = this.#work.then(async () => {
      await this.#prepare(task);
      this.#stamp = await stampOf(driftFileOf(this.#source.file));
      this.#making = false;
    });
  }

  get #of(): OfVersion {
    const { file, entry } = this.#source;
    return { model: entry.name, file, settings: this.#parts.settingsOf(this.version) };
  }

  async #prepare(task: Preparation): Promise<void> {
    const prepared = await this.#parts
      .prepare(task)
      .catch((error: unknown): Prepared => ({ kind: 'refused', reason: (error as Error).message }));
    if (this.#closed) return;
    if (task.kind === 'make' && prepared.kind === 'ready') {
      this.#parts.events.made(this.version.labels, prepared.reference.rows, prepared.fault);
    }
    this.#put(prepared);
  }

  #put(prepared: Prepared): void {
    const { events, watch } = this.#parts;
    const { labels } = this.version;
    const before = this.state;
    this.monitor = undefined;
    this.reason = undefined;
    events.cleared(labels);
    if (prepared.kind === 'ready') this.#begin(prepared);
    else if (prepared.kind === 'refused') this.#refuse(prepared.reason);
    else this.state = 'off';
    if (this.state === 'off' && before !== 'off') events.ended(labels);
    watch(this.#source.instance, this.monitor !== undefined || this.gathering !== undefined);
  }

  #begin({ reference, thresholds }: Extract<Prepared, { kind: 'ready' }>): void {
    try {
      this.monitor = new Monitor(reference, thresholds, this.#observer);
    } catch (error) {
      this.#refuse(`It does not suit this version: ${(error as Error).message}.`);
      return;
    }
    this.state = 'watching';
    this.#parts.events.begun(this.version.labels, reference);
  }

  #refuse(reason: string): void {
    this.state = 'refused';
    this.reason = reason;
    this.#parts.events.refused(this.version.labels, reason);
  }
}

/** Changes with every write; empty where there is no file. */
async function stampOf(path: string): Promise<string> {
  const facts = await stat(path, { bigint: true }).catch(() => undefined);
  return facts === undefined ? '' : [facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join(' ');
}
