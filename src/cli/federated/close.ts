/** `ortolan federated close`: closes a round, and makes the version that comes of it. */
import { resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { chosen, scan, versionsOf } from '../models/on-disk.ts';
import type { Terminal } from '../terminal.ts';
import { writeCandidate } from './candidate.ts';
import { readOnnx } from './head.ts';
import { RoundServer, type ShownRound } from './round-server.ts';
import { roundsText } from './text.ts';

type Typed = Readonly<Record<string, unknown>>;

export interface Asked {
  /** Of the model. */
  readonly name: string;
  readonly round: string | undefined;
}

/**
 * Can be called again: a round that is closed is as it was.
 * @throws CliError with exit code 1 when the server refuses, 2 when what was typed makes no sense
 */
export async function closeRound({ name, round }: Asked, typed: Typed, terminal: Terminal): Promise<void> {
  const abandon = typed['abandon'] === true;
  const { out } = typed;
  if (abandon === (out !== undefined))
    throw new CliError(2, 'Name the folder for the version with --out, or give --abandon.');
  const server = new RoundServer(name, typed, terminal);
  const chosenRound = roundOf(await server.list(), round, name);
  const show = (closed: ShownRound): void =>
    terminal.out(typed['json'] === true ? JSON.stringify(closed, null, 2) : roundsText(name, [closed]));
  if (abandon) return show(await server.close(chosenRound.round, true));

  // Before anything is closed: what would stop the rest.
  const { config } = configOf(typed, terminal);
  const [model] = chosen(await scan(config), name).models;
  if (model === undefined) throw new CliError(1, `${name} cannot be used: see ortolan models list.`);
  const onnx = await readOnnx(versionsOf(model, chosenRound.version)[0]!);
  const closed = await server.close(chosenRound.round, false);
  const folder = resolve(terminal.cwd, String(out));
  await writeCandidate(onnx, await server.aggregate(chosenRound.round), folder);
  show(closed);
  if (typed['json'] !== true)
    terminal.out(
      `The version is in ${folder}: judge it and let it serve with ortolan pipeline run --candidate ${folder}.`,
    );
}

/** The round that is meant. @throws CliError */
function roundOf(rounds: readonly ShownRound[], typed: string | undefined, name: string): ShownRound {
  const open = rounds.find(({ state }) => state === 'open');
  const last = rounds.findLast(({ state }) => state === 'aggregated');
  const found = typed === undefined ? (open ?? last) : rounds.find(({ round }) => String(round) === typed);
  if (found !== undefined) return found;
  const what = typed === undefined ? `There is no round of ${name}` : `There is no round ${typed} of ${name}`;
  throw new CliError(1, `${what} to close: see ortolan federated status.`);
}
