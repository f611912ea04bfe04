/**
 * Runs of pipelines that make the next version of a model. Their series come from a node exporter or a Pushgateway, whose job and
 * instance are not the server's: only the model is chosen.
 */
import type { Row } from '../dashboard.ts';
import { bars, lines } from '../panel.ts';
import { CHOSEN_MODELS, max, sum } from '../promql.ts';

const series = (metric: string): string => `ortolan_pipeline_${metric}{${CHOSEN_MODELS}}`;

export const modelPipeline: Row = {
  title: 'Pipeline',
  panels: [
    bars({
      title: 'Runs, by how they ended',
      description:
        'In the time that is shown. Refused: the gate found the candidate worse. Empty: no pipeline writes its metrics where Prometheus finds them.',
      unit: 'short',
      queries: [
        {
          expr: sum('model, outcome', `increase(${series('runs_total')}[$__range])`),
          legend: '{{model}} {{outcome}}',
        },
      ],
      min: 0,
      decimals: 0,
      width: 8,
    }),
    lines({
      title: 'Step that goes on',
      description:
        '1 while a run is in the step. OrtolanPipelineStalled fires after a day and a half without a new event.',
      unit: 'short',
      queries: [{ expr: max('model, step', `${series('step_active')} == 1`), legend: '{{model}} {{step}}' }],
      min: 0,
      max: 1,
      width: 8,
    }),
    lines({
      title: 'Requests for the canary of a run',
      description: 'The share that it gets, until it is promoted or rolled back.',
      unit: 'percentunit',
      queries: [{ expr: max('model', series('canary_weight_ratio')), legend: '{{model}}' }],
      min: 0,
      max: 1,
      width: 8,
    }),
    bars({
      title: 'Duration of the steps',
      description: 'The last time that each was done.',
      unit: 's',
      queries: [{ expr: max('model, step', series('step_duration_seconds')), legend: '{{model}} {{step}}' }],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Time since the triggers were looked at',
      description: 'Grows while no process watches the model: by --watch, or by a schedule with --once.',
      unit: 's',
      queries: [{ expr: `time() - ${max('model', series('look_timestamp_seconds'))}`, legend: '{{model}}' }],
      min: 0,
      width: 8,
    }),
    lines({
      title: 'Events that wait',
      description: 'That the webhook was not told of yet.',
      unit: 'short',
      queries: [{ expr: max('model', series('events_waiting')), legend: '{{model}}' }],
      min: 0,
      width: 8,
    }),
  ],
};
