/** Follows the chain through files of the audit log, and says where it does not hold. Pure but for the lines it is given. */
import { BEGINNING, hashOf, linkedOf, type Link, type Linked } from './chain.ts';
import type { FileLine } from './lines.ts';

export interface Verdict {
  /** Whole entries that were read. */
  readonly entries: number;
  /** Sentences, in the order of the lines; each means that the log is not as it was written. */
  readonly faults: readonly string[];
  /** Sentences on what the log itself says is missing from it. */
  readonly notes: readonly string[];
  /** Of the last entry; undefined when there is none. Only a link that is kept elsewhere shows that nothing was cut off behind it. */
  readonly last: Link | undefined;
}

export interface VerifySettings {
  /** Links that were kept elsewhere: the chain must have each. */
  readonly links?: readonly Link[];
  /** The lines are among others, as in the log of a container, where each start begins a chain. */
  readonly mixed?: boolean;
}

export async function verify(
  lines: AsyncIterable<FileLine>,
  { links = [], mixed = false }: VerifySettings = {},
): Promise<Verdict> {
  const chain = new ChainReader(mixed, links);
  for await (const line of lines) chain.read(mixed ? unwrapped(line) : line);
  return chain.end();
}

/** The part of the line that is an entry: engines of containers write their own words before it. */
function unwrapped(line: FileLine): FileLine | undefined {
  const at = line.bytes.indexOf('{"stream":"audit"');
  return at < 0 ? undefined : { ...line, bytes: line.bytes.subarray(at) };
}

class ChainReader {
  readonly #mixed: boolean;
  /** Kept links that no entry has had yet, by number and digest. */
  readonly #wanted: Map<string, Link>;
  readonly #faults: string[] = [];
  readonly #notes: string[] = [];
  #entries = 0;
  #last: { readonly link: Link; readonly place: string } | undefined;
  /** A line that is no entry: the next one says whether it was cut when its process ended. */
  #doubtful: { readonly hash: string; readonly place: string; readonly whole: boolean } | undefined;

  constructor(mixed: boolean, links: readonly Link[]) {
    this.#mixed = mixed;
    this.#wanted = new Map(links.map((link) => [nameOf(link), link]));
  }

  read(line: FileLine | undefined): void {
    if (line === undefined) return;
    const { bytes, whole } = line;
    const place = `${line.file}:${line.number}`;
    const linked = whole ? linkedOf(bytes.toString()) : undefined;
    if (linked === undefined) {
      this.#dismissDoubt();
      this.#doubtful = { hash: hashOf(bytes), place, whole };
      return;
    }
    this.#entries++;
    this.#follow(linked, place);
    if (linked.dropped > 0) {
      this.#notes.push(
        `${linked.dropped} entries before ${place} could not be written, which it says itself.`,
      );
    }
    const link = { seq: linked.seq, hash: hashOf(bytes) };
    this.#wanted.delete(nameOf(link));
    this.#last = { link, place };
  }

  end(): Verdict {
    const doubtful = this.#doubtful;
    if (doubtful?.whole === false) this.#faults.push(`${doubtful.place}, the last line, is cut.`);
    else this.#dismissDoubt();
    for (const { seq } of this.#wanted.values()) {
      this.#faults.push(`Entry ${seq} is missing, or not the one whose link was kept.`);
    }
    const { link } = this.#last ?? {};
    return { entries: this.#entries, faults: this.#faults, notes: this.#notes, last: link };
  }

  #follow(linked: Linked, place: string): void {
    const last = this.#last;
    if (this.#doubtful !== undefined && this.#explainsDoubt(linked)) return;
    this.#dismissDoubt();
    const { seq, prev } = linked;
    const begins = seq === 1 && prev === BEGINNING.hash;
    if (last === undefined) {
      if (!begins)
        this.#notes.push(`The first entry is number ${seq}: those before it are not among these files.`);
    } else if (begins) {
      const said = `${place} begins a new chain: what followed entry ${last.link.seq} cannot be told.`;
      if (this.#mixed) this.#notes.push(said);
      else this.#faults.push(said);
    } else if (seq > last.link.seq + 1) {
      this.#faults.push(`${missing(last.link.seq + 1, seq - 1)} missing before ${place}.`);
    } else if (seq <= last.link.seq) {
      this.#faults.push(
        `${place} is entry ${seq} and stands behind entry ${last.link.seq}: it was moved, repeated or inserted.`,
      );
    } else if (prev !== last.link.hash) {
      this.#faults.push(`${place} does not follow ${last.place}: one of the two was changed or inserted.`);
    }
  }

  /** Whether the line before was cut when its process ended, and this entry went on from it. */
  #explainsDoubt({ seq, prev, afterCut }: Linked): boolean {
    const { hash, place } = this.#doubtful!;
    const follows = this.#last === undefined || seq === this.#last.link.seq + 2;
    if (!afterCut || prev !== hash || !follows) return false;
    this.#doubtful = undefined;
    this.#notes.push(`${place} was cut while it was written, as the entry behind it says.`);
    return true;
  }

  #dismissDoubt(): void {
    if (this.#doubtful === undefined) return;
    this.#faults.push(`${this.#doubtful.place} is no entry: it was changed, cut or inserted.`);
    this.#doubtful = undefined;
  }
}

const nameOf = ({ seq, hash }: Link): string => `${seq}:${hash}`;

const missing = (from: number, to: number): string =>
  from === to ? `Entry ${from} is` : `Entries ${from} to ${to} are`;
