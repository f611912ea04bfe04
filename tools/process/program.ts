/** The command line of a program: `--help` prints its options, and one that it does not know ends it with code 2. */
import { Command, InvalidArgumentError } from 'commander';

/** `name`: as it is started, `node bench/main.ts`. */
export const program = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .showHelpAfterError('(--help lists the options)')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

/** Reads an option as a number of `least` or more. */
export const numberFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least))
      throw new InvalidArgumentError(`It is a number, at least ${least}.`);
    return value;
  };

/** Reads an option as names of a list, apart by commas. */
export const namesOf =
  (known: readonly string[]) =>
  (text: string): string[] => {
    const names = text.split(',');
    const unknown = names.find((name) => !known.includes(name));
    if (unknown !== undefined) throw new InvalidArgumentError(`There is no ${unknown}: ${known.join(', ')}.`);
    return names;
  };
