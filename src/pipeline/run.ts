/**
 * Carries a run to its end. The journal is all that it remembers: what comes next follows from the events, so that a run that was cut
 * off at any place goes on from there, and a step that was cut off is done again.
 */
import { formatDuration } from '../config/duration.ts';
import type { Context, Step, Steps } from './context.ts';
import type { Outcome } from './journal/event.ts';
import type { StepName } from './journal/facts.ts';
import type { Recorder } from './journal/journal.ts';
import { BEFORE_LOAD, nextOf, openRun, type Run } from './journal/progress.ts';
import type { PipelineEvent } from './journal/event.ts';
import { PipelineError } from './pipeline-error.ts';
import { clear } from './release/place.ts';
import { keepNewest } from './run-folder.ts';
import { placeOf } from './steps/exported.ts';

export interface RunParts {
  readonly journal: Recorder & { readonly events: readonly PipelineEvent[] };
  readonly steps: Steps;
  readonly context: Context;
  /** Before each step: the run is still this process's. @throws PipelineError when it is not */
  readonly stillOurs: () => void;
  /** A sentence for people. */
  readonly say: (sentence: string) => void;
}

export interface Ended {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly version: string | undefined;
}

/** What a canary has changed is not left behind for one failure; after so many the run is over, and somebody has to look. */
const ROLLBACKS = 3;

/**
 * Does what is left of the run that goes on.
 * @throws PipelineError when that cannot be done now: the run stays open. The reason of the signal when that is aborted
 */
export async function carryOn(parts: RunParts): Promise<Ended> {
  const { journal, context, say } = parts;
  for (;;) {
    const run = openRun(journal.events)!;
    parts.stillOurs();
    const next = nextOf(run);
    if ('outcome' in next) {
      const { settings } = context;
      // What a failure has left beside the model. After a load there is nothing any more, unless it could not be taken back.
      await clear(placeOf(run, settings));
      const version = run.facts.export?.version;
      journal.append(run.id, 'run.finished', { ...next, version });
      await keepNewest(settings.state, settings.keepRuns);
      return { ...next, version };
    }
    journal.append(run.id, 'step.started', { step: next.step });
    say(`${next.step}${run.step === next.step ? ', again' : ''}`);
    await take(run, next.step, parts);
  }
}

async function take<Name extends StepName>(
  run: Run,
  step: Name,
  { journal, steps, context, say }: RunParts,
): Promise<void> {
  const beganAt = context.now();
  const ms = (): number => Math.max(0, Math.round(context.now() - beganAt));
  try {
    const facts = await (steps[step] as Step<Name>)(run, context);
    journal.append(run.id, 'step.finished', { step, ms: ms(), facts } as never);
    say(`${step} done in ${formatDuration(ms())}`);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!isFailure(error)) throw error;
    // It can be done yet, when the server is back.
    const later = error instanceof PipelineError && error.kind === 'away';
    if (later && !BEFORE_LOAD.includes(step)) throw error;
    if (step === 'rollback' && run.begun + 1 < ROLLBACKS) throw error;
    journal.append(run.id, 'step.failed', { step, ms: ms(), reason: error.message });
    say(`${step} has failed: ${error.message}`);
  }
}

/** A fault of what the run was given, or of the machine: disks are full, files are gone. Anything else is a fault of ours. */
const isFailure = (error: unknown): error is Error =>
  error instanceof PipelineError || typeof (error as NodeJS.ErrnoException | undefined)?.syscall === 'string';
