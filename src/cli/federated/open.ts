/** `ortolan federated open`: takes weights out of a version on disk, and opens a round with them. */
import { writeSafetensors } from '../../tensor/safetensors.ts';
import { configOf } from '../config-flags.ts';
import { chosen, scan, versionsOf } from '../models/on-disk.ts';
import type { Terminal } from '../terminal.ts';
import { CliError } from '../cli-error.ts';
import { readOnnx, weightsOf } from './head.ts';
import { RoundServer } from './round-server.ts';
import { roundsText } from './text.ts';

type Typed = Readonly<Record<string, unknown>>;

/** Flags that the server reads. */
const SETTINGS = {
  minClients: 'min_clients',
  maxClients: 'max_clients',
  method: 'method',
  trim: 'trim',
  clip: 'clip',
  maxSamples: 'max_samples',
} as const;

/** @throws CliError with exit code 1 when the server refuses, 2 when what was typed makes no sense */
export async function openRound(name: string, typed: Typed, terminal: Terminal): Promise<void> {
  const { config } = configOf(typed, terminal);
  const [model] = chosen(await scan(config), name).models;
  if (model === undefined) throw new CliError(1, `${name} cannot be used: see ortolan models list.`);
  const version = typeof typed['from'] === 'string' ? typed['from'] : model.defaultVersion;
  const { tensors } = typed;
  const names = (typeof tensors === 'string' ? tensors : '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  const weights = weightsOf(await readOnnx(versionsOf(model, version)[0]!), names);
  const query = new URLSearchParams({ version });
  for (const [flag, parameter] of Object.entries(SETTINGS)) {
    const value = typed[flag];
    if (typeof value === 'string') query.set(parameter, value);
  }
  const opened = await new RoundServer(name, typed, terminal).open(query, writeSafetensors(weights));
  terminal.out(typed['json'] === true ? JSON.stringify(opened, null, 2) : roundsText(name, [opened]));
}
