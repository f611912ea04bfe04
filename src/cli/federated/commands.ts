/** The commands below `ortolan federated`, with their arguments and flags. */
import type { Command } from 'commander';
import { addConfigFlags } from '../config-flags.ts';
import { KEY_FLAG } from '../credential.ts';
import { SERVER_FLAGS, URL_FLAG } from '../server-address.ts';
import type { Terminal } from '../terminal.ts';
import { closeRound } from './close.ts';
import { openRound } from './open.ts';
import { showRounds } from './status.ts';

const NAME = ['<name>', 'the model'] as const;
const JSON_FLAG = ['--json', 'print one JSON object'] as const;

type Typed = Readonly<Record<string, unknown>>;

export function configureFederated(command: Command, terminal: Terminal): void {
  const open = command
    .command('open')
    .description('Open a round on a running server: clients begin from weights of a version on disk.')
    .argument(...NAME)
    .option('--tensors <list>', 'names of the weights that clients train; without it the command lists them')
    .option('--from <version>', 'the version that they are taken from; by default the one that answers')
    .option('--min-clients <count>', 'with fewer updates it cannot be closed; default: 2')
    .option('--max-clients <count>', 'further updates are refused; default: 100')
    .option('--method <method>', 'mean, by samples, or trimmed-mean; default: mean')
    .option('--trim <share>', 'what trimmed-mean leaves out at each end; default: 0.2')
    .option('--clip <norm>', 'largest norm of an update: a number, median or none; default: median')
    .option('--max-samples <count>', 'what the samples of a client count for at most; default: 1000')
    .option(...URL_FLAG)
    .option(...KEY_FLAG)
    .option(...JSON_FLAG);
  addConfigFlags(open, ['models', 'modelName', ...SERVER_FLAGS]).action((name: string, typed: Typed) =>
    openRound(name, typed, terminal),
  );

  const status = command
    .command('status')
    .description('Show the rounds of a model on a running server.')
    .argument(...NAME)
    .option(...URL_FLAG)
    .option(...KEY_FLAG)
    .option(...JSON_FLAG);
  addConfigFlags(status, SERVER_FLAGS).action((name: string, typed: Typed) =>
    showRounds(name, typed, terminal),
  );

  const close = command
    .command('close')
    .description(
      'Close a round, and write the version that comes of it into a folder, for ortolan pipeline run --candidate.',
    )
    .argument(...NAME)
    .argument('[round]', 'its number; by default the one that is open, else the last one that was closed')
    .option('--out <folder>', 'where the files of the version are written; it must not be there yet')
    .option('--abandon', 'throw the updates away instead')
    .option(...URL_FLAG)
    .option(...KEY_FLAG)
    .option(...JSON_FLAG);
  addConfigFlags(close, ['models', 'modelName', ...SERVER_FLAGS]).action(
    (name: string, round: string | undefined, typed: Typed) => closeRound({ name, round }, typed, terminal),
  );
}
