/** Options as text: what one takes and is, its help, and values read out of text. Pure. */
import { factsOf, type OptionFacts, type OptionName } from './schema.ts';
import { formatSize, parseSize } from './size.ts';

const SECRET_LOOKING = /key|token|secret|password|credential/i;

/** True when the value must not be shown: a name that looks like a secret's is one, unless declared public. */
export const isSecret = (name: string, declared: boolean | undefined): boolean =>
  declared ?? SECRET_LOOKING.test(name);

/** What the option takes, to follow "it takes". */
export function rangeOf(name: OptionName): string {
  const option = factsOf(name);
  if (option.accepts !== undefined) return option.accepts;
  if (option.enum !== undefined) return `one of ${option.enum.join(', ')}`;
  if (option.minimum === undefined || option.maximum === undefined) {
    return option.path === true ? 'a path' : 'a text that is not empty';
  }
  if (option.unit === 'bytes') {
    return option.maximum === Number.MAX_SAFE_INTEGER
      ? `a size of at least ${formatSize(option.minimum)}`
      : `a size from ${formatSize(option.minimum)} to ${formatSize(option.maximum)}`;
  }
  const noun = option.type === 'integer' ? 'a whole number' : 'a number';
  const unit = option.unit === 'milliseconds' ? ' of milliseconds' : '';
  return `${noun}${unit} from ${option.minimum} to ${option.maximum}`;
}

/** The default, to be shown; computed ones in words. */
export function defaultOf(name: OptionName): string {
  const option = factsOf(name);
  return option.otherwise ?? shownValue(name, option.default);
}

/** The word after the flag: `--port <number>`. */
export function placeholderOf(name: OptionName): string {
  const option = factsOf(name);
  if (option.enum !== undefined) return option.enum.join('|');
  if (option.unit === 'bytes') return 'size';
  if (option.unit === 'milliseconds') return 'ms';
  if (option.type === 'array') return option.path === true ? 'files' : 'list';
  if (option.path === true) return name.endsWith('File') ? 'file' : 'folder';
  return option.type === 'string' ? 'name' : 'number';
}

/** The description and the default, for --help. */
export const helpOf = (name: OptionName): string =>
  `${factsOf(name).description} Default: ${defaultOf(name)}.`;

/** A value as people read it: sizes with their unit, lists joined; secrets hidden. */
export function shownValue(name: OptionName, value: unknown): string {
  const option = factsOf(name);
  if (value === undefined) return '';
  if (isSecret(name, option.secret)) return '(hidden)';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (option.unit === 'bytes' && typeof value === 'number') return formatSize(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The value that a flag or the environment writes. Text that cannot be read stays text, and fails the check. */
export function valueOfText(name: OptionName, text: string): unknown {
  const option = factsOf(name);
  if (option.type === 'array') return listOfText(text);
  return isNumeric(option) ? (numberOfText(option, text) ?? text) : text.trim();
}

/** The value that a JSON file writes: sizes may be text there, all else has its own type. */
export function valueOfJson(name: OptionName, value: unknown): unknown {
  const isSize = factsOf(name).unit === 'bytes' && typeof value === 'string';
  return isSize ? (parseSize(value) ?? value) : value;
}

const isNumeric = (option: OptionFacts): boolean => option.type === 'integer' || option.type === 'number';

const listOfText = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function numberOfText(option: OptionFacts, text: string): number | undefined {
  if (option.unit === 'bytes') return parseSize(text);
  // Number() alone would take '', '0x10' and 'Infinity'.
  return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
