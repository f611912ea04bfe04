/** docs/configuration.md: every option with its flag, environment name, default, range and description. */
import { envOf, flagOf } from '../../src/config/names.ts';
import { defaultOf, rangeOf } from '../../src/config/option-text.ts';
import { factsOf, OPTION_GROUPS, type OptionName } from '../../src/config/schema.ts';
import { MARKDOWN_NOTE, type Document } from './document.ts';
import { markdownTable } from './markdown-table.ts';

export const configuration: Document = {
  file: 'docs/configuration.md',
  make: () => `${MARKDOWN_NOTE}

# Configuration

The value of an option comes from the first of these places that sets it: the command line, the environment, \`.env\` in the
working folder, the config file (\`ortolan.json\`, or the one that \`--config\` or \`ORTOLAN_CONFIG\` names), the default. Sizes may
be written as \`20MiB\`, lists with commas. Wrong values end the start with exit code 2 and a list of them: the option, the place,
the value and what is allowed. \`ortolan config\` shows each value and its source.

${OPTION_GROUPS.map(([heading, names]) => [`## ${heading}`, '', ...tableOf(names)].join('\n')).join('\n\n')}
`,
};

const tableOf = (names: readonly OptionName[]): string[] =>
  markdownTable(['option, flag, environment', 'default', 'takes', 'what it does'], names.map(cellsOf));

const cellsOf = (name: OptionName): string[] => [
  `\`${name}\`<br>\`${flagOf(name)}\`<br>\`${envOf(name)}\``,
  ...[defaultOf(name), rangeOf(name), factsOf(name).description].map((cell) => cell.replaceAll('<', '&lt;')),
];
