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

An option that is a secret has a second one with \`File\` behind its name, \`_FILE\` in the environment: the file that holds it. Give that:
other users of a machine can read command lines, and an environment is inherited by every program and shown by \`docker inspect\` and
\`kubectl describe\`. Giving both is refused, and so is a file that every user may read (what counts is the file behind all links). The
line end behind the secret does not count. A file that changes while the server runs is read again within some two seconds; one that
cannot be used then leaves the secret as it was, with a line in the log.

${OPTION_GROUPS.map(([heading, names]) => [`## ${heading}`, '', ...tableOf(names)].join('\n')).join('\n\n')}
`,
};

const tableOf = (names: readonly OptionName[]): string[] =>
  markdownTable(['option, flag, environment', 'default', 'takes', 'what it does'], names.map(cellsOf));

const cellsOf = (name: OptionName): string[] => [
  `\`${name}\`<br>\`${flagOf(name)}\`<br>\`${envOf(name)}\``,
  ...[defaultOf(name), rangeOf(name), factsOf(name).description].map((cell) => cell.replaceAll('<', '&lt;')),
];
