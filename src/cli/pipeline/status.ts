/** `ortolan pipeline status`: what the journal of a pipeline says, whether it runs or not. Changes nothing. */
import { resolve } from 'node:path';
import { readJournal } from '../../pipeline/journal/journal.ts';
import { isTaken } from '../../pipeline/lock.ts';
import { PipelineError } from '../../pipeline/pipeline-error.ts';
import { statusLines, statusOf } from '../../pipeline/report/status.ts';
import { loadPipeline } from '../../pipeline/settings/load.ts';
import { CliError } from '../cli-error.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** @throws CliError with exit code 2 when there is no pipeline, or no count */
export function showStatus(typed: Readonly<Record<string, unknown>>, terminal: Terminal): void {
  const most = Number(typed['runs']);
  if (!Number.isSafeInteger(most) || most < 1)
    throw new CliError(2, `--runs takes a whole number above 0, not ${String(typed['runs'])}.`);
  try {
    const { model, models, state } = loadPipeline(resolve(terminal.cwd, String(typed['config'])));
    const { events } = readJournal(state);
    const status = statusOf(model, events, { running: isTaken(models, model), most });
    if (typed['json'] === true) return terminal.out(JSON.stringify(status, null, 2));
    terminal.out(statusLines(status, Date.now()).map(printable).join('\n'));
  } catch (error) {
    if (error instanceof PipelineError) throw new CliError(2, printable(error.message));
    throw error;
  }
}
