/** What was promised, how much of it is left, and which alerts say that it is at risk. */
import type { Row } from '../dashboard.ts';
import { lines, stat, table, type Threshold } from '../panel.ts';
import { recorded } from '../promql.ts';

/** How fast the budget goes: 1 lasts for the month; the others are those of the alerts. */
const BURN: readonly Threshold[] = [
  [null, 'green'],
  [1, 'yellow'],
  [6, 'orange'],
  [14.4, 'red'],
];

const BUDGET_LEFT: readonly Threshold[] = [
  [null, 'red'],
  [0, 'orange'],
  [0.25, 'yellow'],
  [0.5, 'green'],
];

/** Of the worst job. Twice the budget and a thousand times are the same: gone. */
const left = (burnRate: string): string => `clamp_min(1 - max(${burnRate}), -1)`;

export const objectives: Row = {
  title: 'Objectives',
  panels: [
    stat({
      title: 'Error budget',
      description:
        'Of the 0.1 % of prediction requests that may fail in 30 days. Below 0 the objective is missed.',
      unit: 'percentunit',
      queries: [{ expr: left(recorded('job:ortolan_availability:burnrate30d')) }],
      thresholds: BUDGET_LEFT,
      decimals: 0,
      noValue: 'no traffic',
      width: 3,
    }),
    stat({
      title: 'Latency budget',
      description:
        'What is left of the 1 % of answers that may come later than the latency objective in 30 days.',
      unit: 'percentunit',
      queries: [{ expr: left(recorded('job:ortolan_latency:burnrate30d')) }],
      thresholds: BUDGET_LEFT,
      decimals: 0,
      noValue: 'no traffic',
      width: 3,
    }),
    lines({
      title: 'How fast the budgets go',
      description:
        'Over the last hour, and the last five minutes. At 1 a budget lasts for 30 days, at 14.4 for two.',
      unit: 'none',
      queries: [
        { expr: recorded('job:ortolan_availability:burnrate1h'), legend: 'errors, 1 h' },
        { expr: recorded('job:ortolan_availability:burnrate5m'), legend: 'errors, 5 min' },
        { expr: recorded('job:ortolan_latency:burnrate1h'), legend: 'latency, 1 h' },
        { expr: recorded('job:ortolan_latency:burnrate5m'), legend: 'latency, 5 min' },
      ],
      thresholds: BURN,
      min: 0,
      width: 8,
    }),
    table({
      title: 'Alerts that are firing or about to',
      description: 'docs/operations.md has a heading for each. Pending ones fire when they last.',
      unit: 'none',
      queries: [{ expr: 'ALERTS{alertname=~"Ortolan.+"}' }],
      columns: {
        alertname: 'alert',
        alertstate: 'state',
        severity: 'severity',
        instance: 'server',
        model: 'model',
      },
      noValue: 'none',
      width: 10,
    }),
  ],
};
