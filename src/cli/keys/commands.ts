/** The commands below `ortolan keys`, with their arguments and flags. */
import type { Command } from 'commander';
import { SCOPES } from '../../guard/identity.ts';
import type { Terminal } from '../terminal.ts';
import { createKey } from './create.ts';
import { listKeys } from './list.ts';
import { revokeKeys } from './revoke.ts';

const FILE = ['--file <path>', 'the file of the keys; by default that of the option apiKeysFile'] as const;

export function configureKeys(command: Command, terminal: Terminal): void {
  command
    .command('create')
    .description('Make a key and print it, once. A second key of the same name is for replacing the first.')
    .option(...FILE)
    .requiredOption('--name <name>', 'who holds it')
    .requiredOption('--scope <list>', `what it may do: ${SCOPES.join(', ')}`, joined)
    .option('--models <list>', 'the models that it may use; by default all', joined)
    .option('--rate <rate>', 'most requests in a time, such as 5/s, 300/min or 1000/h')
    .option('--burst <count>', 'how many of them may come at once')
    .option('--concurrency <count>', 'most requests in flight')
    .option('--daily <count>', 'most requests in a day')
    .option('--expires <when>', 'when it ends: 90d, 12h or a day such as 2027-01-31; by default never')
    .action((typed: Record<string, unknown>) => createKey(typed, terminal));

  command
    .command('list')
    .description('Every key: who holds it, what it may do, until when.')
    .option(...FILE)
    .option('--json', 'print one JSON object')
    .action((typed: Record<string, unknown>) => listKeys(typed, terminal));

  command
    .command('revoke')
    .description('End keys. A server that uses the file refuses them within two seconds.')
    .argument('[ids...]', 'their ids, or the keys themselves')
    .option(...FILE)
    .option('--name <name>', 'all keys of this name instead')
    .action((ids: string[], typed: Record<string, unknown>) => revokeKeys(ids, typed, terminal));
}

/** `--scope a --scope b` is `--scope a,b`. */
const joined = (value: string, previous: string | undefined): string =>
  previous === undefined ? value : `${previous},${value}`;
