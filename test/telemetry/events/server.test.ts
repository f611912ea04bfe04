import t from 'tap';
import { recordTelemetry } from '../../support/telemetry.ts';

t.test('a clean stop is INFO; one that lost work is an error', async (t) => {
  const { events, lines } = recordTelemetry();
  events.server.stopRequested('SIGTERM', 25_000);
  events.server.stopped(true);
  events.server.stopped(false);
  t.match(lines, [{ level: 'INFO', reason: 'SIGTERM' }, { level: 'INFO' }, { level: 'ERROR' }]);
});
