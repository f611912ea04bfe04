/** What a row of src/config/options/ says beside JSON Schema's own keywords, and the units that rows share. */
import type { Machine } from './machine.ts';

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const HOUR_MS = 3_600_000;

export const BYTES = { unit: 'bytes' } as const;
export const MS = { unit: 'milliseconds' } as const;

/** What a default may be computed from at the start. */
export interface StartFacts {
  readonly machine: Machine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The value of an option that stands before this one. */
  readonly valueOf: (name: string) => unknown;
}

export interface OptionNotes {
  /** Numbers of bytes may be written as 20MiB. */
  readonly unit?: 'bytes' | 'milliseconds';
  /** The default, where a constant cannot say it. */
  readonly computed?: (facts: StartFacts) => unknown;
  /** Text that stands for the default in documents when it is computed or there is none. */
  readonly otherwise?: string;
  /** What a text or a list must look like, after "it takes". */
  readonly accepts?: string;
  /**
   * True: the value is never shown, and the option has a second form, the file that holds it (secrets/file-option.ts).
   * False: declared public although its name looks like a secret's.
   */
  readonly secret?: boolean;
  /** A path: made absolute against the working folder, or the folder of the file that names it. */
  readonly path?: boolean;
}

/** The notes of a row, to be spread among the keywords of its schema. */
export const about = (
  description: string,
  notes: OptionNotes = {},
): OptionNotes & { description: string } => ({ ...notes, description });
