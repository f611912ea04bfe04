/** What the events of a journal say of the runs: how far the last one is, and what comes next. Pure. */
import { dataOf, type EventData, type Outcome, type PipelineEvent, type TriggerName } from './event.ts';
import type { StepFacts, StepName } from './facts.ts';

export interface Run {
  readonly id: string;
  readonly trigger: TriggerName;
  readonly reason: string;
  readonly candidate: string | undefined;
  readonly labels: number | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Of the last event. */
  readonly lastAt: number;
  /** Of the steps that are done. */
  readonly facts: Partial<StepFacts>;
  /** Milliseconds that each step has taken. */
  readonly took: Partial<Record<StepName, number>>;
  /** The step that was begun and is not done. */
  readonly step: StepName | undefined;
  /** How often that step was begun. */
  readonly begun: number;
  /** Why a step has failed, after which the run goes back. */
  readonly failed: { readonly step: StepName; readonly reason: string } | undefined;
  readonly weight: number | undefined;
  readonly end: { readonly outcome: Outcome; readonly reason: string } | undefined;
}

type Draft = { -readonly [Key in keyof Run]: Run[Key] };

/** The runs that the events tell of, oldest first. */
export function runsOf(events: readonly PipelineEvent[]): readonly Run[] {
  const runs: Draft[] = [];
  for (const event of events) {
    const started = dataOf(event, 'run.started');
    if (started !== undefined) runs.push(begun(event, started));
    const run = runs.at(-1);
    if (run === undefined || run.id !== event.subject) continue;
    run.lastAt = Date.parse(event.time);
    follow(run, event);
  }
  return runs;
}

const begun = (event: PipelineEvent, data: EventData['run.started']): Draft => ({
  id: event.subject,
  trigger: data.trigger,
  reason: data.reason,
  candidate: data.candidate,
  labels: data.labels,
  startedAt: Date.parse(event.time),
  lastAt: Date.parse(event.time),
  facts: {},
  took: {},
  step: undefined,
  begun: 0,
  failed: undefined,
  weight: undefined,
  end: undefined,
});

function follow(run: Draft, event: PipelineEvent): void {
  const starting = dataOf(event, 'step.started');
  if (starting !== undefined) {
    run.begun = run.step === starting.step ? run.begun + 1 : 1;
    run.step = starting.step;
  }
  const finished = dataOf(event, 'step.finished');
  if (finished !== undefined) {
    run.facts = { ...run.facts, [finished.step]: finished.facts };
    run.took = { ...run.took, [finished.step]: finished.ms };
    run.step = undefined;
    run.begun = 0;
  }
  const failed = dataOf(event, 'step.failed');
  if (failed !== undefined) {
    run.failed = { step: failed.step, reason: failed.reason };
    run.step = undefined;
    run.begun = 0;
  }
  run.weight = dataOf(event, 'canary.weight')?.weight ?? run.weight;
  const end = dataOf(event, 'run.finished');
  if (end !== undefined) run.end = { outcome: end.outcome, reason: end.reason };
}

/** The run that goes on; undefined when the last one is over. */
export function openRun(events: readonly PipelineEvent[]): Run | undefined {
  const last = runsOf(events).at(-1);
  return last?.end === undefined ? last : undefined;
}

/** What a run does next: a step, or its end. */
export type Next = { readonly step: StepName } | { readonly outcome: Outcome; readonly reason: string };

/** Steps that change nothing that others see: when one of them fails, there is nothing to take back. */
export const BEFORE_LOAD: readonly StepName[] = ['collect', 'train', 'export', 'gate', 'sign', 'push'];

/** A step that was begun so often and never came to an end takes the pipeline with it: the run is given up. */
const MOST_BEGUN = 3;

export function nextOf(run: Run): Next {
  const { facts, failed } = run;
  if (failed !== undefined) return afterFailure(run, failed);
  const waiting = BEFORE_LOAD.find((step) => facts[step] === undefined);
  if (run.begun >= MOST_BEGUN && run.step !== undefined && BEFORE_LOAD.includes(run.step)) {
    return { outcome: 'failed', reason: `${run.step} was begun ${run.begun} times and never came to an end` };
  }
  if (facts.collect?.enough === false)
    return { outcome: 'skipped', reason: `there are ${facts.collect.examples} labelled inputs to train on` };
  if (facts.gate?.passed === false) return { outcome: 'refused', reason: facts.gate.says.join('; ') };
  if (waiting !== undefined) return { step: waiting };
  if (facts.load === undefined) return { step: 'load' };
  if (facts.guard === undefined) return { step: 'guard' };
  const { verdict, says } = facts.guard;
  if (facts[verdict] === undefined) return { step: verdict };
  return { outcome: verdict === 'promote' ? 'promoted' : 'rolled_back', reason: says };
}

function afterFailure(
  { facts }: Run,
  { step, reason }: { readonly step: StepName; readonly reason: string },
): Next {
  // What load has begun may be there in part, and what has failed to be promoted is a canary still.
  if (step !== 'rollback' && !BEFORE_LOAD.includes(step) && facts.rollback === undefined)
    return { step: 'rollback' };
  return { outcome: 'failed', reason: `${step}: ${reason}` };
}
