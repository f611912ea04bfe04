/** The options of the schema as flags of a command, and what was typed as input for the configuration. */
import { Option, type Command } from 'commander';
import { ConfigError, loadConfig, type LoadedConfig } from '../config/load.ts';
import { flagOf } from '../config/names.ts';
import { helpOf, placeholderOf } from '../config/option-text.ts';
import { factsOf, OPTION_GROUPS, OPTION_NAMES, type OptionName } from '../config/schema.ts';
import type { Flags } from '../config/sources.ts';
import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

const CONFIG_FLAG = '--config <file>';
const CONFIG_HELP =
  'JSON file of options, stronger than the defaults and weaker than all else. Default: ORTOLAN_CONFIG, else ortolan.json if it is there.';

/** Adds --config and the flags of `names`, in groups. */
export function addConfigFlags(command: Command, names: readonly OptionName[] = OPTION_NAMES): Command {
  command.addOption(new Option(CONFIG_FLAG, CONFIG_HELP));
  for (const [group, members] of OPTION_GROUPS) {
    for (const name of members.filter((member) => names.includes(member))) {
      const option = new Option(`${flagOf(name)} <${placeholderOf(name)}>`, helpOf(name));
      option.helpGroup(`${group}:`);
      if (factsOf(name).type === 'array') option.argParser(joined);
      command.addOption(option);
    }
  }
  return command;
}

/** `--cors-origins a --cors-origins b` is `--cors-origins a,b`. */
const joined = (value: string, previous: string | undefined): string =>
  previous === undefined ? value : `${previous},${value}`;

/** The configuration for what was typed; warnings go to err. @throws CliError with exit code 2 */
export function configOf(typed: Readonly<Record<string, unknown>>, terminal: Terminal): LoadedConfig {
  const flags: Flags = Object.fromEntries(
    ['config', ...OPTION_NAMES].flatMap((name) =>
      typeof typed[name] === 'string' ? [[name, typed[name]]] : [],
    ),
  );
  try {
    const loaded = loadConfig({ flags, env: terminal.env, cwd: terminal.cwd });
    for (const warning of loaded.warnings) terminal.err(`warning: ${warning}`);
    return loaded;
  } catch (error) {
    if (error instanceof ConfigError) throw new CliError(2, error.message);
    throw error;
  }
}
