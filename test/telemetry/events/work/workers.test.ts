import t from 'tap';
import { recordTelemetry } from '../../../support/telemetry.ts';

t.test('deaths, restarts and a wedged worker are logged and counted', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.workers.workerDied(1, 2, 200);
  events.workers.workerDiedOf(1, new Error('out of memory'));
  events.workers.workerRestarted(1);
  events.workers.workerRestartFailed(0, new Error('no file'));
  events.workers.workerWedged(0);
  t.match(lines, [
    { level: 'ERROR', worker: 1, deaths_in_window: 2, restart_in_ms: 200 },
    { level: 'ERROR', worker: 1, error: { message: 'out of memory' } },
    { level: 'INFO', worker: 1 },
    { level: 'ERROR', worker: 0, error: { message: 'no file' } },
    { level: 'CRITICAL', worker: 0 },
  ]);
  t.equal(await value('ortolan_worker_deaths_total'), 1);
  t.equal(await value('ortolan_worker_restarts_total'), 1);
});
