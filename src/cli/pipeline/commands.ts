/** The commands below `ortolan pipeline`, with their arguments and flags. */
import type { Command } from 'commander';
import type { Terminal } from '../terminal.ts';
import { runPipeline } from './run.ts';
import { showStatus } from './status.ts';

const FILE = ['--config <file>', 'the pipeline', 'pipeline.json'] as const;

export function configurePipeline(command: Command, terminal: Terminal): void {
  command
    .command('run')
    .description(
      'Train, judge, sign and push the next version of a model, and let it serve as a canary until it is promoted or rolled back. Goes on with a run that was cut off.',
    )
    .option(...FILE)
    .option('--once', 'look at the triggers once, and begin a run only if one of them says so')
    .option('--watch', 'look at the triggers until stopped')
    .option('--candidate <folder>', 'take model.onnx and what belongs to it from there in place of training')
    .option('--json', 'print how the run has ended as JSON')
    .action((typed: Record<string, unknown>) => runPipeline(typed, terminal));

  command
    .command('status')
    .description('Show how far the runs of a pipeline are, by its journal.')
    .option(...FILE)
    .option('--runs <count>', 'so many runs, the newest first', '3')
    .option('--json', 'print one JSON object')
    .action((typed: Record<string, unknown>) => showStatus(typed, terminal));
}
