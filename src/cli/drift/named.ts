/** What was typed: a model, and a number. Pure. */
import { CliError } from '../cli-error.ts';

export interface Named {
  readonly name: string;
  /** Its number; undefined: the default version, or all. */
  readonly version: string | undefined;
}

/** NAME or NAME/VERSION. @throws CliError with exit code 2 */
export function namedIn(text: string): Named {
  const [name = '', version, ...more] = text.split('/');
  const isVersion = version === undefined || /^[1-9]\d{0,8}$/.test(version);
  if (name === '' || !isVersion || more.length > 0) {
    throw new CliError(
      2,
      `"${text}" is not the name of a model, or NAME/VERSION with the number of a version.`,
    );
  }
  return { name, version };
}

/** A whole number within limits; undefined when nothing was typed. @throws CliError with exit code 2 */
export function wholeIn(
  typed: Readonly<Record<string, unknown>>,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const text = typed[name];
  if (typeof text !== 'string') return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CliError(2, `--${flag} takes a whole number from ${least} to ${most}: "${text}" is none.`);
}
