/** A JSON value as source text of a language: what fits into a line stays in one, the rest has a line for each member. Pure. */

/** How a language writes what JSON has. */
export interface Spelling {
  /** The name of a member. */
  readonly key: (name: string) => string;
  readonly string: (text: string) => string;
  readonly words: Readonly<Record<'true' | 'false' | 'null', string>>;
  /** Between the braces of an object and what is in them. */
  readonly space: string;
  /** Behind the last member, where each has a line of its own. */
  readonly lastComma: string;
  /** Spaces of one level. */
  readonly indent: number;
}

export const JSON_SPELLING: Spelling = {
  key: (name) => JSON.stringify(name),
  string: (text) => JSON.stringify(text),
  words: { true: 'true', false: 'false', null: 'null' },
  space: ' ',
  lastComma: '',
  indent: 2,
};

/** Characters of a line that still fits beside the margins of a phone held upright, more or less. */
const LINE = 72;

/** Where a value stands: how far its first line is indented, in levels, and the characters before it in that line. */
export interface Place {
  readonly level: number;
  readonly before: number;
}

const START: Place = { level: 0, before: 0 };

export function literal(value: unknown, spelling: Spelling, { level, before }: Place = START): string {
  if (typeof value === 'string') return spelling.string(value);
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return spelling.words[`${value as boolean | null}`];
  const isList = Array.isArray(value);
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  const margin = ' '.repeat(spelling.indent * (level + 1));
  const members = Object.entries(value).map(([name, member]) => {
    const key = isList ? '' : `${spelling.key(name)}: `;
    return key + literal(member, spelling, { level: level + 1, before: margin.length + key.length });
  });
  if (members.length === 0) return open + close;
  const space = isList ? '' : spelling.space;
  const line = `${open}${space}${members.join(', ')}${space}${close}`;
  if (before + line.length <= LINE && !line.includes('\n')) return line;
  const lines = isLongRow(value) ? filled(members, LINE - margin.length) : members;
  const inside = lines.map((each) => margin + each).join(',\n');
  return `${open}\n${inside}${spelling.lastComma}\n${' '.repeat(spelling.indent * level)}${close}`;
}

const isLongRow = (value: object): boolean =>
  Array.isArray(value) && value.length * 3 > LINE && value.every((item) => typeof item === 'number');

/** As many members in each line as fit. */
function filled(members: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const member of members) {
    const longer = `${lines.at(-1)}, ${member}`;
    if (lines.length > 0 && longer.length < width) lines[lines.length - 1] = longer;
    else lines.push(member);
  }
  return lines;
}
