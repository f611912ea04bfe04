/** Secret options whose value is in a file: read at the start, and refused where the value is given too. */
import { flagOf } from '../names.ts';
import { factsOf, OPTION_NAMES, type OptionName } from '../schema.ts';
import type { Given } from '../sources.ts';
import { fileOptionOf } from './file-option.ts';
import { KeyFileError } from './key-file.ts';
import { readSecretText } from './secret-text.ts';

export interface Secrets {
  /** Those that files hold. */
  readonly given: ReadonlyMap<OptionName, Given>;
  /** Sentences; each makes the whole configuration wrong. */
  readonly problems: readonly string[];
  /** Sentences for the log. */
  readonly warnings: readonly string[];
}

/** `absolute`: the path that an option gives, as its place means it. */
export function secretsOf(
  given: ReadonlyMap<OptionName, Given>,
  absolute: (file: Given) => string | undefined,
): Secrets {
  const read = new Map<OptionName, Given>();
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const name of OPTION_NAMES) {
    if (factsOf(name).secret !== true) continue;
    const value = given.get(name);
    const file = given.get(fileOptionOf(name) as OptionName);
    const path = file && absolute(file);
    if (value?.source.kind === 'flag') {
      warnings.push(
        `${flagOf(name)} is a secret, and every user of this machine can read the command lines of others: use ${flagOf(fileOptionOf(name) as OptionName)}.`,
      );
    }
    if (file === undefined || path === undefined) continue;
    if (value !== undefined) {
      problems.push(
        `${name}: ${value.source.name} gives it, and ${file.source.name} the file that holds it: one of them is too many.`,
      );
      continue;
    }
    try {
      read.set(name, { value: readSecretText(path), source: file.source });
    } catch (error) {
      if (!(error instanceof KeyFileError)) throw error;
      problems.push(`${name}: ${file.source.name} names a file that cannot be used. ${error.message}`);
    }
  }
  return { given: read, problems, warnings };
}
