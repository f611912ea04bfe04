/** What a model version is expected to cost, and how good that forecast is. */
import type { Register } from '../../register.ts';

export const costMetrics = (register: Register) => ({
  batchCap: register.gauge(
    'ortolan_batch_cap_rows',
    'Rows of the largest batch that still makes a row cheaper and fits the latency objective, as measured.',
    ['model', 'version'],
  ),
  runCost: register.gauge(
    'ortolan_run_cost_seconds',
    'Expected duration of a run, by rows of the batch and width of the session.',
    ['model', 'version', 'rows', 'width'],
  ),
  forecastWait: register.gauge(
    'ortolan_forecast_wait_seconds',
    'How long a request that arrives now would wait for a worker.',
    ['model', 'version'],
  ),
  forecastError: register.gauge(
    'ortolan_forecast_error_ratio',
    'The 99.5th percentile, among recent requests, of measured over forecast duration; admission allows for it.',
    ['model', 'version'],
  ),
});
