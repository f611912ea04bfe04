/** What the journal says of a pipeline, for people and for programs. Pure. */
import { formatDuration } from '../../config/duration.ts';
import { totalsOf } from '../journal/cut.ts';
import type { PipelineEvent } from '../journal/event.ts';
import { STEPS, type StepFacts, type StepName } from '../journal/facts.ts';
import { runsOf, type Run } from '../journal/progress.ts';

export interface Status {
  readonly model: string;
  /** Whether a process works on it now. */
  readonly running: boolean;
  /** How many runs have ended so. */
  readonly totals: Readonly<Record<string, number>>;
  /** The newest first. */
  readonly runs: readonly RunStatus[];
}

export interface RunStatus {
  readonly id: string;
  readonly trigger: string;
  readonly reason: string;
  readonly started_at: string;
  readonly last_at: string;
  readonly version?: string;
  readonly champion?: string;
  /** Undefined: it goes on, or waits for a process that goes on with it. */
  readonly outcome?: string;
  readonly outcome_reason?: string;
  readonly steps: readonly {
    readonly step: StepName;
    readonly state: string;
    readonly ms?: number;
    readonly says?: string;
  }[];
}

export function statusOf(
  model: string,
  events: readonly PipelineEvent[],
  { running, most }: { readonly running: boolean; readonly most: number },
): Status {
  const runs = runsOf(events).slice(-most).toReversed().map(runStatus);
  return { model, running, totals: totalsOf(events), runs };
}

function runStatus(run: Run): RunStatus {
  const { facts, failed, step, took, end } = run;
  const seen = STEPS.filter((one) => facts[one] !== undefined || failed?.step === one || step === one);
  return {
    id: run.id,
    trigger: run.trigger,
    reason: run.reason,
    started_at: new Date(run.startedAt).toISOString(),
    last_at: new Date(run.lastAt).toISOString(),
    ...(facts.export !== undefined && { version: facts.export.version, champion: facts.export.champion }),
    ...(end !== undefined && { outcome: end.outcome, outcome_reason: end.reason }),
    steps: seen.map((one) => {
      const says = failed?.step === one ? failed.reason : saysOf(run, one);
      return {
        step: one,
        state: failed?.step === one ? 'failed' : facts[one] === undefined ? 'begun' : 'done',
        ...(took[one] !== undefined && { ms: took[one] }),
        ...(says !== '' && { says }),
      };
    }),
  };
}

/** What is worth a word of a step that is done; of the guard also while it watches. */
function saysOf({ facts, weight }: Run, step: StepName): string {
  const words: { readonly [Step in StepName]?: (its: StepFacts[Step]) => string } = {
    collect: ({ examples }) => (examples === 0 ? '' : `${examples} labelled inputs`),
    train: ({ job }) => job,
    export: ({ version, digest }) => `version ${version}, ${digest.slice(0, 12)}`,
    gate: ({ says }) => says.join('; '),
    sign: ({ signed }) => (signed ? '' : 'not signed'),
    push: ({ pushed }) => (pushed ? '' : 'no store'),
    guard: ({ verdict, says }) => `${verdict}: ${says}`,
    promote: ({ retired, store = '' }) =>
      [
        ...(retired.length === 0 ? [] : [`took ${retired.join(', ')} away`]),
        ...(store === '' ? [] : [`not in the store: ${store}`]),
      ].join('; '),
    rollback: ({ store }) => (store === undefined ? '' : `still in the store: ${store}`),
  };
  const its = facts[step];
  if (its === undefined) return step === 'guard' && weight !== undefined ? `canary at ${weight} %` : '';
  return (words[step] as ((facts: unknown) => string) | undefined)?.(its) ?? '';
}

/** Lines for people. `now`: milliseconds since 1970. */
export function statusLines({ model, running, runs, totals }: Status, now: number): readonly string[] {
  const counts = Object.entries(totals).map(([outcome, count]) => `${count} ${outcome.replace('_', ' ')}`);
  const head = `${model}: ${running ? 'a process works on it' : 'no process works on it'}${counts.length === 0 ? ', no run is over' : `; ${counts.join(', ')}`}`;
  return [head, ...runs.flatMap((run) => ['', ...runLines(run, now)])];
}

function runLines(run: RunStatus, now: number): readonly string[] {
  const ago = formatDuration(Math.max(0, now - Date.parse(run.started_at)));
  const how =
    run.outcome === undefined ? 'goes on' : `${run.outcome.replace('_', ' ')}: ${run.outcome_reason ?? ''}`;
  return [
    `${run.id}  ${ago} ago, by ${run.trigger} (${run.reason})`,
    ...run.steps.map(({ step, state, ms, says }) =>
      `  ${step.padEnd(9)}${state.padEnd(7)}${(ms === undefined ? '' : formatDuration(ms)).padStart(8)}  ${says ?? ''}`.trimEnd(),
    ),
    `  ${how}`,
  ];
}
