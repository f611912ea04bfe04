/** What was typed, as the traffic of a model. Pure. */
import { CliError } from '../../cli-error.ts';

/** As the server shows it and takes it; what it may hold is the server's to check. */
export type Settings = Readonly<Record<string, unknown>>;

/** Typed to take a setting away. */
const NONE = 'none';

/** Without a split there is nothing that these could do. */
const NEED_A_SPLIT = ['sticky', 'salt', 'guard'];

/** The settings with what was typed in its place; undefined when nothing was. @throws CliError with exit code 2 */
export function settingsOf(before: Settings, typed: Readonly<Record<string, unknown>>): Settings | undefined {
  const after = { ...before };
  let changed = false;
  for (const [name, read] of READERS) {
    const text = typed[name];
    if (typeof text !== 'string') continue;
    changed = true;
    delete after[name];
    if (text !== NONE) after[name] = read(text);
    else if (name === 'split') for (const other of NEED_A_SPLIT) delete after[other];
  }
  return changed ? after : undefined;
}

const READERS = [
  ['split', (text: string) => numbersOf(text, 'split')],
  ['sticky', (text: string) => text],
  ['shadow', shadowOf],
  ['guard', (text: string) => numbersOf(text, 'guard')],
] as const;

/** `a=1,b=2` as an object. */
function numbersOf(text: string, flag: string): Record<string, number> {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const { name, number } = pairOf(part, flag);
      if (number === undefined) throw wrong(part, flag);
      return [name, number];
    }),
  );
}

/** `2`, `2=0.1` or several of them. */
function shadowOf(text: string): unknown {
  return text.split(',').map((part) => {
    const { name, number } = pairOf(part, 'shadow');
    return number === undefined ? name : { version: name, fraction: number };
  });
}

function pairOf(part: string, flag: string): { name: string; number: number | undefined } {
  const [name = '', value, ...more] = part.split('=').map((piece) => piece.trim());
  if (name === '' || value === '' || more.length > 0) throw wrong(part, flag);
  if (value === undefined) return { name, number: undefined };
  const number = Number(value);
  if (Number.isNaN(number)) throw wrong(part, flag);
  return { name, number };
}

const wrong = (part: string, flag: string): CliError =>
  new CliError(2, `--${flag} takes name=number, with commas between, or none: "${part}" is neither.`);
