/**
 * What is kept of crashes between processes, in the file `ledger.json`: how many there were, the last one, and the charges
 * against versions by the digest of their content, so that the same files are the same version wherever they lie.
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTooMuch, recent, type Charge } from './blame.ts';
import type { Found } from './journal.ts';

const FILE = 'ledger.json';

/** A version that has been charged with crashes. */
export interface Suspect {
  /** Of its files. */
  readonly digest: string;
  /** Size of model.onnx: another size is another content, without reading it. */
  readonly bytes: number;
  /** As it was called at the last crash. */
  readonly model: string;
  readonly version: string;
  readonly charges: readonly Charge[];
  /** Since when it is quarantined, in wall-clock milliseconds. */
  readonly since?: number | undefined;
}

export interface LastCrash {
  readonly at: number;
  readonly signal: string;
  readonly running: readonly Found[];
}

interface Content {
  readonly crashes: Readonly<Record<string, number>>;
  readonly last?: LastCrash | undefined;
  readonly suspects: readonly Suspect[];
}

const EMPTY: Content = { crashes: {}, suspects: [] };

export class Ledger {
  readonly #file: string;
  #content: Content;

  /** `folder`: one that is there. */
  constructor(folder: string) {
    this.#file = join(folder, FILE);
    this.#content = this.#read();
  }

  /** Crashes so far, by signal. */
  get crashes(): Readonly<Record<string, number>> {
    return this.#content.crashes;
  }

  get last(): LastCrash | undefined {
    return this.#content.last;
  }

  get quarantined(): readonly Suspect[] {
    return this.#content.suspects.filter(({ since }) => since !== undefined);
  }

  /** Changes when any process has written it. */
  get stamp(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  /** Takes what other processes have written since. */
  refresh(): void {
    this.#content = this.#read();
  }

  /** Counts a crash. @throws Error of the file system */
  count(last: LastCrash): void {
    this.#change(({ crashes, suspects }) => ({
      crashes: { ...crashes, [last.signal]: (crashes[last.signal] ?? 0) + 1 },
      last,
      suspects,
    }));
  }

  /**
   * Charges a version. Returns it as it is now: with `since` when it is quarantined, by this charge or before.
   * @throws Error of the file system
   */
  charge(whom: Pick<Suspect, 'digest' | 'bytes' | 'model' | 'version'>, charge: Charge): Suspect {
    let charged: Suspect | undefined;
    this.#change((content) => {
      const before = content.suspects.find(({ digest }) => digest === whom.digest);
      const charges = [...recent(before?.charges ?? [], charge.at), charge];
      const since = before?.since ?? (isTooMuch(charges) ? charge.at : undefined);
      charged = { ...whom, charges, since };
      return { ...content, suspects: [...content.suspects.filter((one) => one !== before), charged] };
    });
    return charged!;
  }

  /** Forgets the charges against what is called so. Returns what was quarantined. @throws Error of the file system */
  release(model: string, version: string | undefined): readonly Suspect[] {
    const isMeant = (one: Suspect): boolean =>
      one.model === model && (version === undefined || one.version === version);
    this.refresh();
    const released = this.quarantined.filter(isMeant);
    this.#change((content) => ({ ...content, suspects: content.suspects.filter((one) => !isMeant(one)) }));
    return released;
  }

  #read(): Content {
    try {
      const content = JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<Content>;
      return Array.isArray(content.suspects) ? { ...EMPTY, ...content } : EMPTY;
    } catch {
      return EMPTY;
    }
  }

  #change(change: (content: Content) => Content): void {
    this.#content = change(this.#read());
    const written = `${this.#file}.${process.pid}`;
    writeFileSync(written, JSON.stringify(this.#content), { mode: 0o600 });
    renameSync(written, this.#file);
  }
}
