/** What the steps of a run are given. */
import type { Clock } from '../clock.ts';
import type { RunCommand } from './command.ts';
import type { Job } from './job/job.ts';
import type { EventData, EventKind } from './journal/event.ts';
import type { StepFacts, StepName } from './journal/facts.ts';
import type { Run } from './journal/progress.ts';
import type { Served } from './server/served.ts';
import type { PipelineSettings } from './settings/load.ts';

export interface Context {
  readonly settings: PipelineSettings;
  readonly served: Served;
  readonly job: Job;
  readonly command: RunCommand;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the pipeline. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the pipeline is to stop; the run goes on with the next one. */
  readonly signal: AbortSignal;
  /** The highest number that a candidate was ever given. */
  readonly highest: () => number;
  /** Versions that runs of this pipeline have promoted, oldest first. */
  readonly promoted: () => readonly string[];
  /** Puts an event of the run into the journal. */
  readonly tell: <Kind extends EventKind>(kind: Kind, data: EventData[Kind]) => void;
}

/**
 * Does one step of a run, or the rest of it after it was cut off.
 * @throws PipelineError when it cannot be done, `away` when it may be later; the reason of the signal when that is aborted
 */
export type Step<Name extends StepName> = (run: Run, context: Context) => Promise<StepFacts[Name]>;

export type Steps = { readonly [Name in StepName]: Step<Name> };
