/**
 * The metrics of a pipeline, each declared once, and their text for Prometheus. A pipeline mostly does not run when it would be
 * scraped, so it has no listener: it writes a file for the node exporter, or pushes to a Pushgateway. What is counted comes from the
 * journal, so that nothing is lost between two processes. Pure.
 */
import { totalsOf } from '../journal/cut.ts';
import type { Outcome, PipelineEvent } from '../journal/event.ts';
import { STEPS } from '../journal/facts.ts';
import { runsOf } from '../journal/progress.ts';

export interface PipelineMetric {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly labelNames: readonly string[];
  readonly help: string;
}

const OUTCOMES: readonly Outcome[] = ['promoted', 'rolled_back', 'refused', 'skipped', 'failed'];

const metric = (
  name: string,
  type: PipelineMetric['type'],
  labels: readonly string[],
  help: string,
): PipelineMetric => ({ name: `ortolan_pipeline_${name}`, type, labelNames: ['model', ...labels], help });

const DECLARED = {
  runs: metric(
    'runs_total',
    'counter',
    ['outcome'],
    'Runs that are over, by how they ended: promoted, rolled_back, refused (by the gate), skipped (too little to train on) or failed.',
  ),
  lastOutcome: metric(
    'last_outcome_info',
    'gauge',
    ['outcome'],
    '1 for how the last run that is over ended, 0 for the others.',
  ),
  lastEnd: metric(
    'last_end_timestamp_seconds',
    'gauge',
    ['outcome'],
    'When a run last ended so, since 1970.',
  ),
  step: metric('step_active', 'gauge', ['step'], '1 for the step that goes on, 0 for the others.'),
  begun: metric(
    'step_start_timestamp_seconds',
    'gauge',
    [],
    'When the run that goes on last had an event, since 1970; 0 when none goes on.',
  ),
  duration: metric(
    'step_duration_seconds',
    'gauge',
    ['step'],
    'How long the step has taken the last time that it was done.',
  ),
  weight: metric(
    'canary_weight_ratio',
    'gauge',
    [],
    'Share of the requests that the canary of the run has; 0 without one.',
  ),
  looked: metric('look_timestamp_seconds', 'gauge', [], 'When the triggers were last looked at, since 1970.'),
  waiting: metric('events_waiting', 'gauge', [], 'Events that the webhook was not told of yet.'),
} as const;

export const PIPELINE_METRICS: readonly PipelineMetric[] = Object.values(DECLARED);

export interface MetricFacts {
  readonly model: string;
  readonly events: readonly PipelineEvent[];
  /** Milliseconds since 1970; undefined: they were not looked at. */
  readonly lookedAt: number | undefined;
  readonly waiting: number;
}

type Values = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** In the text format of Prometheus. */
export function expositionOf({ model, events, lookedAt, waiting }: MetricFacts): string {
  const runs = runsOf(events);
  const last = runs.at(-1);
  const open = last?.end === undefined ? last : undefined;
  const over = runs.filter(({ end }) => end !== undefined);
  const totals = totalsOf(events);
  const values: Readonly<Record<keyof typeof DECLARED, Values>> = {
    runs: OUTCOMES.map((outcome) => [{ outcome }, totals[outcome] ?? 0]),
    lastOutcome: OUTCOMES.map((outcome) => [{ outcome }, Number(over.at(-1)?.end?.outcome === outcome)]),
    lastEnd: OUTCOMES.flatMap((outcome) => {
      const found = over.findLast(({ end }) => end?.outcome === outcome);
      return found === undefined ? [] : [[{ outcome }, found.lastAt / 1000] as const];
    }),
    step: STEPS.map((step) => [{ step }, Number(open?.step === step)]),
    begun: [[{}, open === undefined ? 0 : open.lastAt / 1000]],
    duration: STEPS.flatMap((step) => {
      const took = runs.findLast((run) => run.took[step] !== undefined)?.took[step];
      return took === undefined ? [] : [[{ step }, took / 1000] as const];
    }),
    weight: [[{}, (open?.weight ?? 0) / 100]],
    looked: lookedAt === undefined ? [] : [[{}, lookedAt / 1000]],
    waiting: [[{}, waiting]],
  };
  return (Object.keys(DECLARED) as (keyof typeof DECLARED)[])
    .filter((name) => values[name].length > 0)
    .map((name) => textOf(DECLARED[name], model, values[name]))
    .join('');
}

function textOf({ name, type, help }: PipelineMetric, model: string, values: Values): string {
  const lines = values.map(([labels, value]) => {
    const all = Object.entries({ model, ...labels }).map(([key, text]) => `${key}="${escaped(text)}"`);
    return `${name}{${all.join(',')}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
