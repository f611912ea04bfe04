/** The table of options as documents: Markdown for docs/configuration.md, one line each for --help. Pure. */
import { envOf, flagOf } from './names.ts';
import type { Group } from './option-notes.ts';
import { defaultOf, rangeOf } from './option-text.ts';
import { factsOf, OPTION_NAMES, type OptionName } from './schema.ts';

/** Options of each group, in the order of the schema. */
export function optionGroups(): ReadonlyMap<Group, readonly OptionName[]> {
  const groups = new Map<Group, OptionName[]>();
  for (const name of OPTION_NAMES) {
    const { group } = factsOf(name);
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return groups;
}

/** The word after the flag: `--port <number>`. */
export function placeholderOf(name: OptionName): string {
  const option = factsOf(name);
  if (option.enum !== undefined) return option.enum.join('|');
  if (option.unit === 'bytes') return 'size';
  if (option.unit === 'milliseconds') return 'ms';
  if (option.path === true) return 'folder';
  if (option.type === 'array') return 'list';
  return option.type === 'string' ? 'name' : 'number';
}

/** The description and the default, for --help. */
export const helpOf = (name: OptionName): string =>
  `${factsOf(name).description} Default: ${defaultOf(name)}.`;

/** Sections of tables, one per group: everything an operator can set. */
export function configurationMarkdown(): string {
  const sections = [...optionGroups()].map(([group, names]) => [`## ${group}`, '', ...markdownTable(names)]);
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function markdownTable(names: readonly OptionName[]): string[] {
  const rows = names.map((name) => {
    const cells = [
      `\`${name}\`<br>\`${flagOf(name)}\`<br>\`${envOf(name)}\``,
      ...[defaultOf(name), rangeOf(name), factsOf(name).description].map((cell) =>
        cell.replaceAll('<', '&lt;'),
      ),
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| option, flag, environment | default | takes | what it does |', '|---|---|---|---|', ...rows];
}
