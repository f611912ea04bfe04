/** `ortolan pipeline run`: puts a pipeline together as pipeline.json says, and lets it work until it is done or stopped. */
import { extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../clock.ts';
import { runner } from '../../pipeline/command.ts';
import { accessHere, ClusterJob } from '../../pipeline/job/cluster.ts';
import type { Job } from '../../pipeline/job/job.ts';
import { ProcessJob } from '../../pipeline/job/process.ts';
import { Pipeline, type Wish } from '../../pipeline/pipeline.ts';
import { PipelineError } from '../../pipeline/pipeline-error.ts';
import type { Ended } from '../../pipeline/run.ts';
import { HttpServed } from '../../pipeline/server/served.ts';
import { loadPipeline, type PipelineSettings } from '../../pipeline/settings/load.ts';
import { RUN_STEPS } from '../../pipeline/steps/steps.ts';
import { CliError } from '../cli-error.ts';
import { credentialOf } from '../credential.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

type Typed = Readonly<Record<string, unknown>>;

/** The entry of this program, from which its other commands are started. */
const MAIN = fileURLToPath(new URL(`../../main${extname(import.meta.url)}`, import.meta.url));

/** @throws CliError with exit code 1 when a run ends in anything but a promotion, 2 when what was written makes no sense */
export async function runPipeline(typed: Typed, terminal: Terminal): Promise<void> {
  const { once, watch, candidate } = typed;
  if (once === true && watch === true) throw new CliError(2, '--once and --watch: one of them is too many.');
  if (candidate !== undefined && (once === true || watch === true))
    throw new CliError(2, '--candidate begins a run: leave --once and --watch out.');
  const stop = new AbortController();
  const unlisten = listen(stop);
  const report = (ended: Ended): void => terminal.out(textOf(ended, typed['json'] === true));
  try {
    const settings = loadPipeline(resolve(terminal.cwd, String(typed['config'])));
    const pipeline = opened(settings, typed, stop.signal, terminal);
    try {
      if (watch === true) return await pipeline.watch(report);
      const ended = once === true ? await pipeline.once() : await pipeline.run(wishOf(candidate, terminal));
      if (ended === undefined) return terminal.out('No trigger asks for a run.');
      report(ended);
      if (ended.outcome !== 'promoted')
        throw new CliError(
          1,
          printable(`The run ended without a new version: ${ended.outcome.replace('_', ' ')}.`),
        );
    } finally {
      await pipeline.close();
    }
  } catch (error) {
    if (stop.signal.aborted && !(error instanceof CliError))
      throw new CliError(1, 'Stopped; the next ortolan pipeline run goes on.');
    if (error instanceof PipelineError)
      throw new CliError(error.kind === 'settings' ? 2 : 1, printable(sentenceOf(error)));
    throw error;
  } finally {
    unlisten();
  }
}

function opened(settings: PipelineSettings, typed: Typed, signal: AbortSignal, terminal: Terminal): Pipeline {
  const { server, model, keyFile, train } = settings;
  const credential = credentialOf({ ...typed, ...(keyFile !== undefined && { keyFile }) }, terminal);
  return new Pipeline({
    settings,
    served: new HttpServed({ server, model, credential }),
    job: jobOf(train.kubernetes, terminal),
    command: runner([process.execPath, ...process.execArgv, MAIN], systemClock),
    steps: RUN_STEPS,
    clock: systemClock,
    now: Date.now,
    env: terminal.env,
    signal,
    say: (sentence) => terminal.err(printable(sentence)),
  });
}

const jobOf = (kubernetes: PipelineSettings['train']['kubernetes'], { env }: Terminal): Job =>
  kubernetes === undefined
    ? new ProcessJob(systemClock)
    : new ClusterJob(kubernetes, accessHere(env), systemClock);

const wishOf = (candidate: unknown, { cwd }: Terminal): Wish =>
  typeof candidate === 'string'
    ? { trigger: 'candidate', reason: 'a candidate was given', candidate: resolve(cwd, candidate) }
    : { trigger: 'command', reason: 'by command' };

function textOf({ outcome, reason, version }: Ended, json: boolean): string {
  if (json) return JSON.stringify({ outcome, reason, ...(version !== undefined && { version }) });
  const what = version === undefined ? '' : ` version ${version}`;
  return printable(`${outcome.replace('_', ' ')}${what}: ${reason}`);
}

const sentenceOf = ({ message }: PipelineError): string =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}`;

/** The first signal lets what goes on come to a place from which it can be taken up; the second ends the process. */
function listen(stop: AbortController): () => void {
  const end = (): void => {
    stop.abort(new Error('the pipeline was stopped'));
    unlisten();
  };
  const unlisten = (): void => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, end);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  return unlisten;
}
