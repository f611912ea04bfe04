/**
 * Crashes of native code: what is on record of the one before this process, and which model versions are not to run because
 * they have ended the server twice. Keeps its files in the folder `crashes` of the cache; without a folder it knows nothing.
 */
import type { Clock } from '../clock.ts';
import { contentDigest } from '../repository/digest.ts';
import { contentStamp } from '../repository/look/stamps.ts';
import type { Repository } from '../repository/repository.ts';
import type { VersionEntry } from '../repository/versions.ts';
import { ALONE, pointsOf } from './blame.ts';
import { Journal, takeRecord, type Found } from './journal.ts';
import { Ledger, type LastCrash, type Suspect } from './ledger.ts';

/** How a process has ended. */
export interface Ended {
  readonly pid: number;
  /** SIGFPE, SIGSEGV, … */
  readonly signal: string;
}

export interface CrashesSettings {
  /** Undefined where there is none to write to. */
  readonly folder: string | undefined;
  /** Number of threads that open and run models. */
  readonly threads: number;
  readonly clock: Clock;
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** Milliseconds between two looks at whether a version was released, while one is quarantined. */
const LOOK_EVERY_MS = 1000;

export class Crashes {
  readonly journal: Journal | undefined;
  readonly #ledger: Ledger | undefined;
  readonly #settings: CrashesSettings;
  /** By the stamp of the files that were read. */
  readonly #digests = new Map<string, Promise<string>>();
  #judged: Promise<void> = Promise.resolve();
  #stopLooking: (() => void) | undefined;

  /** @throws Error of the file system */
  constructor(settings: CrashesSettings) {
    const { folder, threads } = settings;
    this.#settings = settings;
    if (folder === undefined) return;
    this.#ledger = new Ledger(folder);
    this.journal = new Journal(folder, threads);
  }

  /** Crashes so far, by signal. */
  get counts(): Readonly<Record<string, number>> {
    return this.#ledger?.crashes ?? {};
  }

  /** The last crash of a server on this cache folder. */
  get last(): LastCrash | undefined {
    return this.#ledger?.last;
  }

  /**
   * Notes the crash of the process that this one has taken the place of, and charges what was running in it, as it lies in
   * the repository now: holds() waits for that. Returns what was running; undefined without a record.
   */
  follows(ended: Ended, repository: Repository): readonly Found[] | undefined {
    const ledger = this.#ledger;
    const running = ledger && takeRecord(this.#settings.folder!, ended.pid);
    if (ledger === undefined || running === undefined) return undefined;
    const at = this.#settings.now();
    ledger.count({ at, signal: ended.signal, running });
    const points = pointsOf(running);
    this.#judged = Promise.all(
      running.map(async ({ model, version }, index) => {
        const entry = repository.models.find(({ name }) => name === model);
        const file = entry?.versions.find((one) => one.version === version);
        if (file !== undefined) await this.#charge(model, file, ended.signal, points[index]!, at);
      }),
    ).then(() => undefined);
    // A file that cannot be read, or a full disk: nobody is charged. Loading the version will say what is wrong with it.
    this.#judged.catch(() => undefined);
    return running;
  }

  /** The charges against a version that is quarantined; undefined when it may run. */
  async holds(file: VersionEntry): Promise<Suspect | undefined> {
    await this.#judged.catch(() => undefined);
    const held = this.#ledger?.quarantined.filter(({ bytes }) => bytes === file.bytes) ?? [];
    if (held.length === 0) return undefined;
    const digest = await this.#digestOf(file).catch(() => undefined);
    return held.find((one) => one.digest === digest);
  }

  /** Calls `released` whenever a version may have been released, by `ortolan models release` for instance. */
  watch(released: () => void): void {
    const ledger = this.#ledger;
    if (ledger === undefined || this.#stopLooking !== undefined) return;
    let stamp = ledger.stamp;
    const look = (): void => {
      if (ledger.stamp !== stamp) {
        stamp = ledger.stamp;
        ledger.refresh();
        released();
      }
      this.#stopLooking = this.#settings.clock.after(LOOK_EVERY_MS, look);
    };
    this.#stopLooking = this.#settings.clock.after(LOOK_EVERY_MS, look);
  }

  /** The process ends as it should, and its worker threads have ended. */
  close(): void {
    this.#stopLooking?.();
    this.journal?.close();
  }

  /** Charges an isolated version, whose process has crashed: it was the only one there. @throws Error of the file system */
  async charge(model: string, file: VersionEntry, signal: string): Promise<Suspect | undefined> {
    return this.#ledger && this.#charge(model, file, signal, ALONE, this.#settings.now());
  }

  async #charge(
    model: string,
    file: VersionEntry,
    signal: string,
    points: number,
    at: number,
  ): Promise<Suspect> {
    const digest = await this.#digestOf(file);
    const { bytes, version } = file;
    return this.#ledger!.charge({ digest, bytes, model, version }, { at, signal, points });
  }

  async #digestOf(file: VersionEntry): Promise<string> {
    const stamp = await contentStamp(file);
    const digest = this.#digests.get(stamp) ?? contentDigest(file);
    this.#digests.set(stamp, digest);
    return digest;
  }
}

/** For the operator: why a version does not run, and what to do. */
export function whyQuarantined({ model, version, charges }: Suspect): string {
  const last = charges.at(-1)!;
  return (
    `It is quarantined: the server has crashed ${charges.length} times while it ran, at last by ${last.signal} at ` +
    `${new Date(last.at).toISOString()}. Give it other files, or release it by: ortolan models release ${model}@${version}`
  );
}
