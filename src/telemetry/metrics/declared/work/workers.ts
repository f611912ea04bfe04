/** Worker threads: their states, work and deaths. */
import type { Register } from '../../register.ts';

export const workerMetrics = (register: Register) => ({
  workers: register.gauge('ortolan_workers', 'Worker threads, by state.', ['state']),
  workerBusy: register.counter(
    'ortolan_worker_busy_seconds_total',
    'Time that workers have spent on batches: decode, run and postprocessing. A wide run counts once, although it has all cores.',
    [],
  ),
  workerDeaths: register.counter('ortolan_worker_deaths_total', 'Worker threads that died.', []),
  workerRestarts: register.counter('ortolan_worker_restarts_total', 'Worker threads that were replaced.', []),
});
