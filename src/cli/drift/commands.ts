/** The commands below `ortolan drift`, with their arguments and flags. */
import type { Command } from 'commander';
import { addConfigFlags } from '../config-flags.ts';
import { KEY_FLAG } from '../credential.ts';
import { SERVER_FLAGS, URL_FLAG } from '../server-address.ts';
import type { Terminal } from '../terminal.ts';
import { makeReference } from './baseline.ts';
import { showDrift } from './show.ts';

export function configureDrift(command: Command, terminal: Terminal): void {
  const baseline = command
    .command('baseline')
    .description(
      'Write what is normal for a version beside it, drift.json: from then on the server compares.',
    )
    .argument('<name>', 'NAME, or NAME/VERSION')
    .option('--images <folder>', 'photographs as they are when all is well, at least 200')
    .option('--rows <file>', 'the same as rows: CSV, or a JSON list or object a line')
    .option('--traffic <rows>', 'have a running server make it of so many rows that it answers from now on')
    .option('--one-in <n>', 'with --traffic: take one row of so many')
    .option('--window <rows>', 'rows that are compared at a time (default: 500)')
    .option(
      '--false-alarm-every <windows>',
      'windows without drift from one false alarm to the next (default: 1000)',
    )
    .option(...URL_FLAG)
    .option(...KEY_FLAG)
    .option('--json', 'print one JSON object');
  addConfigFlags(baseline, [
    ...(['models', 'modelName', 'device', 'deviceFallback', 'decoder', 'maxImagePixels'] as const),
    ...(['modelPublicKeys', 'modelKeyFile', ...SERVER_FLAGS] as const),
  ]).action((name: string, typed) => makeReference(name, typed, terminal));

  const show = command
    .command('show')
    .description('How far the inputs and answers of a model on a running server are from what is normal.')
    .argument('<name>', 'NAME, or NAME/VERSION')
    .option(...URL_FLAG)
    .option(...KEY_FLAG)
    .option('--json', 'print one JSON object');
  addConfigFlags(show, SERVER_FLAGS).action((name: string, typed) => showDrift(name, typed, terminal));
}
