/** The scrape: gauges of the state are set first, then all metrics are written as text. */
import type { Exchange } from '../../http/exchange.ts';
import { exposition } from '../../telemetry/metrics/exposition.ts';
import { setGauges, type StateFacts } from '../../telemetry/metrics/gauges.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';
import { collectSystem } from '../../telemetry/metrics/system.ts';
import { ALWAYS } from '../description.ts';
import type { DescribedRoute } from '../route-set.ts';

interface MetricsParts {
  readonly metrics: Metrics;
  readonly state: () => StateFacts;
}

export const metricsRoute: DescribedRoute<MetricsParts> = {
  method: 'GET',
  pattern: '/metrics',
  quiet: true,
  access: 'metrics',
  summary: 'Metrics as Prometheus text, or OpenMetrics by Accept',
  tag: 'Operations',
  description: 'For Prometheus to scrape.',
  answers: {
    200: {
      description: 'The metrics; OpenMetrics when `accept` asks for `application/openmetrics-text`.',
      contents: { 'text/plain': {}, 'application/openmetrics-text': {} },
    },
  },
  errors: ALWAYS,
  samples: [{ label: 'Prometheus text', path: '/metrics' }],
  handle: (exchange, { metrics, state }) => scrape(exchange, metrics, state()),
};

export async function scrape(exchange: Exchange, metrics: Metrics, state: StateFacts): Promise<void> {
  setGauges(metrics, state);
  collectSystem(metrics);
  exchange.answer(await exposition(metrics, exchange.head.accept));
}
