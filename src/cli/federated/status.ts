/** `ortolan federated status`: the rounds of a model on a running server. */
import type { Terminal } from '../terminal.ts';
import { RoundServer } from './round-server.ts';
import { roundsText } from './text.ts';

/** @throws CliError with exit code 1 when the server does not answer */
export async function showRounds(
  name: string,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const rounds = await new RoundServer(name, typed, terminal).list();
  terminal.out(
    typed['json'] === true ? JSON.stringify({ model: name, rounds }, null, 2) : roundsText(name, rounds),
  );
}
