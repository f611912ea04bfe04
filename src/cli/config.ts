/** `ortolan config`: every option, its value and where the value comes from. Secrets stay hidden. */
import type { Command } from 'commander';
import type { LoadedConfig } from '../config/load.ts';
import { isSecret, shownValue } from '../config/option-text.ts';
import { factsOf, OPTION_NAMES, type OptionName } from '../config/schema.ts';
import { postureOf } from '../config/self-check/posture.ts';
import { unsafeIn } from '../config/self-check/unsafe.ts';
import { addConfigFlags, configOf } from './config-flags.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

export function configureConfig(command: Command, terminal: Terminal): void {
  command.option('--json', 'print one JSON object');
  addConfigFlags(command).action((typed) => {
    const loaded = configOf(typed, terminal);
    terminal.out(typed['json'] === true ? configJson(loaded) : configTable(loaded));
    const posture = postureOf(loaded.config.models, terminal.env);
    for (const { check, says } of unsafeIn(loaded.config, posture))
      terminal.err(`unsafe (${check}): ${says}`);
  });
}

export function configTable({ config, sources }: LoadedConfig): string {
  const rows = OPTION_NAMES.map((name) => {
    // Without defaultModel and modelName names depend on the models that are found; every other option has a value.
    const value =
      config[name] === undefined ? `(${factsOf(name).otherwise})` : shownValue(name, config[name]);
    return [name, value, sources[name].name];
  });
  return tableLines(['OPTION', 'VALUE', 'FROM'], rows).join('\n');
}

export function configJson({ config, sources }: LoadedConfig): string {
  const valueOf = (name: OptionName): unknown =>
    isSecret(name, factsOf(name).secret) ? '(hidden)' : (config[name] ?? null);
  const entries = OPTION_NAMES.map((name) => [name, { value: valueOf(name), source: sources[name] }]);
  return JSON.stringify(Object.fromEntries(entries), null, 2);
}
