/** The error budgets, how fast they are spent, and the alerts. */
import type { Row } from '../dashboard.ts';
import { lines, stat, table, type Threshold } from '../panel.ts';
import { recorded } from '../promql.ts';

/** Burn rates: at 1 a budget lasts for the 30 days; 6 and 14.4 are thresholds of the alerts. */
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

/** Of the worst job; not below -100 %. */
const left = (burnRate: string): string => `clamp_min(1 - max(${burnRate}), -1)`;

export const objectives: Row = {
  title: 'Objectives',
  panels: [
    stat({
      title: 'Error budget',
      description:
        'Budget left of the 0.1 % of prediction requests that may fail in 30 days. Below 0 the objective is missed.',
      unit: 'percentunit',
      queries: [{ expr: left(recorded('job:ortolan_availability:burnrate30d')) }],
      thresholds: BUDGET_LEFT,
      decimals: 0,
      noValue: 'no traffic',
      width: 3,
    }),
    stat({
      title: 'Latency budget',
      description: 'Budget left of the 1 % of answers that may exceed the latency objective in 30 days.',
      unit: 'percentunit',
      queries: [{ expr: left(recorded('job:ortolan_latency:burnrate30d')) }],
      thresholds: BUDGET_LEFT,
      decimals: 0,
      noValue: 'no traffic',
      width: 3,
    }),
    lines({
      title: 'Burn rate',
      description: 'Over one hour and five minutes. At 1 a budget lasts for 30 days, at 14.4 for two days.',
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
      title: 'Pending and firing alerts',
      description: 'docs/operations.md has a section for each.',
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
