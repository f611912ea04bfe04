/**
 * Changes the C23 symbols of an addon built against glibc 2.38 to their older equivalents, so that an older glibc
 * loads it; how old depends on the other symbols it needs. Pure: bytes in, bytes out; the size stays the same, and
 * nothing but symbol names, their versions and one flag changes. It never guesses: a file with any other symbol
 * of GLIBC_2.38 is refused. See docs/decisions/0001-relink-uwebsockets-for-older-glibc.md.
 *
 * How: `__isoc23_strtol` ends in `strtol`, so its symbol can name the same string nine bytes further
 * on. Layouts are those of the System V ABI (elf.h); GNU versions are in the LSB, "Symbol Versioning".
 */

const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;

/** Offsets in the ELF header. */
const HEADER = {
  class: 4,
  data: 5,
  machine: 18,
  sectionTable: 40,
  sectionSize: 58,
  sectionCount: 60,
} as const;
/** Offsets in a section header. */
const SECTION = { type: 4, offset: 24, size: 32, link: 40, info: 44 } as const;
const TYPE_DYNSYM = 11;
const TYPE_VERNEED = 0x6ffffffe;
const TYPE_VERSYM = 0x6fffffff;
/** Elf64_Sym: the name is its first field. */
const SYMBOL_BYTES = 24;
const VERSYM_BYTES = 2;
/** The top bit of a version index says "hidden"; it is no part of the number. */
const VERSION_INDEX = 0x7fff;
/** Offsets in Elf64_Verneed, one for each library, and in Elf64_Vernaux, one for each version of it. */
const NEED = { count: 2, file: 4, first: 8, next: 12 } as const;
const AUX = { flags: 4, index: 6, name: 8, next: 12 } as const;
/** The loader accepts that a weak version is missing. */
const FLAG_WEAK = 2;

/** The first version of glibc for each machine: that of the plain symbols. */
const BASELINE = new Map([
  [62, 'GLIBC_2.2.5'], // EM_X86_64
  [183, 'GLIBC_2.17'], // EM_AARCH64
]);
const TOO_NEW = 'GLIBC_2.38';
const PREFIX = '__isoc23_';
/** In C23 they read "0b11" as a number too; nothing else differs from the plain ones. */
const KNOWN = new Set(['__isoc23_sscanf', '__isoc23_strtol', '__isoc23_strtoul']);

/** The file is not one that can be relinked. */
export class RelinkError extends Error {
  override readonly name = 'RelinkError';
}

/**
 * A copy of the shared object `elf` (ELF64, little-endian, x86-64 or aarch64) that does without GLIBC_2.38.
 * @throws RelinkError when it is another kind of file, is cut off, or needs anything else of GLIBC_2.38.
 */
export function relink(elf: Buffer): Buffer {
  const copy = Buffer.from(elf);
  try {
    repoint(copy);
  } catch (error) {
    // Every offset in the file is followed by a checked read, so a bad one ends here.
    if (error instanceof RangeError) throw new RelinkError('The ELF file is cut off or has a bad offset.');
    throw error;
  }
  return copy;
}

function repoint(elf: Buffer): void {
  if (elf.length < 64 || elf.readUInt32BE(0) !== MAGIC) throw new RelinkError('Not an ELF file.');
  if (elf[HEADER.class] !== CLASS_64 || elf[HEADER.data] !== LITTLE_ENDIAN) {
    throw new RelinkError('Not a 64-bit little-endian ELF file.');
  }
  const machine = elf.readUInt16LE(HEADER.machine);
  const baseline = BASELINE.get(machine);
  if (baseline === undefined) throw new RelinkError(`ELF machine ${machine} is neither x86-64 nor aarch64.`);

  const sections = readSections(elf);
  const versions = needOfLibc(elf, sections, baseline);
  const symbols = sectionOf(sections, TYPE_DYNSYM);
  const versionOf = sectionOf(sections, TYPE_VERSYM);
  const names = linked(sections, symbols);
  const mended = new Set<string>();

  for (let i = 0; i < symbols.size / SYMBOL_BYTES; i++) {
    const version = versionOf.offset + VERSYM_BYTES * i;
    if ((elf.readUInt16LE(version) & VERSION_INDEX) !== versions.tooNew) continue;
    const symbol = symbols.offset + SYMBOL_BYTES * i;
    const name = elf.readUInt32LE(symbol);
    const text = textAt(elf, names.offset + name);
    if (!KNOWN.has(text))
      throw new RelinkError(`The file needs ${text} of ${TOO_NEW}, which has no older equal.`);
    elf.writeUInt32LE(name + PREFIX.length, symbol);
    elf.writeUInt16LE(versions.baseline, version);
    mended.add(text);
  }
  if (mended.size === 0) throw new RelinkError(`No symbol of the file is bound to ${TOO_NEW}.`);
  elf.writeUInt16LE(elf.readUInt16LE(versions.flagsAt) | FLAG_WEAK, versions.flagsAt);
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Number of the section that goes with it: the string table, for those read here. */
  readonly link: number;
  /** For the version needs: how many libraries. */
  readonly info: number;
}

function readSections(elf: Buffer): Section[] {
  const table = Number(elf.readBigUInt64LE(HEADER.sectionTable));
  const size = elf.readUInt16LE(HEADER.sectionSize);
  return Array.from({ length: elf.readUInt16LE(HEADER.sectionCount) }, (_, i) => {
    const at = table + i * size;
    return {
      type: elf.readUInt32LE(at + SECTION.type),
      offset: Number(elf.readBigUInt64LE(at + SECTION.offset)),
      size: Number(elf.readBigUInt64LE(at + SECTION.size)),
      link: elf.readUInt32LE(at + SECTION.link),
      info: elf.readUInt32LE(at + SECTION.info),
    };
  });
}

function sectionOf(sections: readonly Section[], type: number): Section {
  const section = sections.find((each) => each.type === type);
  if (section === undefined) throw new RelinkError('The ELF file has no dynamic symbols with versions.');
  return section;
}

function linked(sections: readonly Section[], section: Section): Section {
  const other = sections[section.link];
  if (other === undefined) throw new RelinkError('A section of the ELF file names one that is not there.');
  return other;
}

interface LibcNeed {
  /** Version indices as the symbols use them. */
  readonly tooNew: number;
  readonly baseline: number;
  /** Where the flags of the need for GLIBC_2.38 lie. */
  readonly flagsAt: number;
}

function needOfLibc(elf: Buffer, sections: readonly Section[], baselineName: string): LibcNeed {
  const needs = sectionOf(sections, TYPE_VERNEED);
  const names = linked(sections, needs);
  let tooNew: number | undefined;
  let baseline: number | undefined;
  let flagsAt = 0;
  for (let need = needs.offset, i = 0; i < needs.info; i++) {
    const isLibc = textAt(elf, names.offset + elf.readUInt32LE(need + NEED.file)).startsWith('libc.so');
    const count = elf.readUInt16LE(need + NEED.count);
    for (let aux = need + elf.readUInt32LE(need + NEED.first), j = 0; isLibc && j < count; j++) {
      const version = textAt(elf, names.offset + elf.readUInt32LE(aux + AUX.name));
      const index = elf.readUInt16LE(aux + AUX.index);
      if (version === baselineName) baseline = index;
      if (version === TOO_NEW) {
        tooNew = index;
        flagsAt = aux + AUX.flags;
      }
      aux += elf.readUInt32LE(aux + AUX.next);
    }
    const next = elf.readUInt32LE(need + NEED.next);
    if (next === 0) break; // the count may lie; the chain ends here
    need += next;
  }
  if (tooNew === undefined) throw new RelinkError(`The file does not need ${TOO_NEW}: nothing to relink.`);
  if (baseline === undefined)
    throw new RelinkError(`The file does not need ${baselineName} to bind to instead.`);
  return { tooNew, baseline, flagsAt };
}

/** The NUL-terminated string at `offset`. */
function textAt(elf: Buffer, offset: number): string {
  const end = elf.indexOf(0, offset);
  if (offset >= elf.length || end < 0) throw new RangeError('no string there');
  return elf.toString('latin1', offset, end);
}
