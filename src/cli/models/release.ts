/** `ortolan models release`: lets a version that was quarantined run again. A server on the same cache folder notices. */
import { Ledger } from '../../crashes/ledger.ts';
import { crashFolder } from '../../disk/crash-folder.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import type { Terminal } from '../terminal.ts';

const NAMED = /^(?<model>[^@]+)(@(?<version>[1-9]\d*))?$/;

/** `named`: NAME or NAME@VERSION. @throws CliError */
export function releaseModel(
  named: string,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): void {
  const { model, version } = NAMED.exec(named)?.groups ?? {};
  if (model === undefined)
    throw new CliError(2, `${named} is no model: say NAME, or NAME@VERSION with a number.`);
  const { cacheDir } = configOf(typed, terminal).config;
  const folder = crashFolder(cacheDir);
  if (folder === undefined) throw new CliError(1, `Nothing is on record: ${cacheDir} cannot be used.`);
  const ledger = new Ledger(folder);
  const released = ledger.release(model, version);
  if (released.length === 0) {
    const held = ledger.quarantined.map((one) => `${one.model}@${one.version}`);
    const list = held.length === 0 ? 'Nothing is quarantined.' : `Quarantined: ${held.join(', ')}.`;
    throw new CliError(1, `${named} is not quarantined on ${folder}. ${list}`);
  }
  for (const one of released) {
    terminal.out(`${one.model}@${one.version} may run again; a server that uses ${cacheDir} loads it now.`);
  }
}
