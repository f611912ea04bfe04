import t from 'tap';
import { recordTelemetry } from '../../../support/telemetry.ts';

t.test('each refused connection is counted, and one a minute is logged', async (t) => {
  const { events, lines, value } = recordTelemetry();
  for (const connections of [900, 901, 902]) events.connections.refused(connections, 1024);
  t.match(lines, [{ level: 'WARNING', connections: 900, descriptor_limit: 1024 }]);
  t.equal(lines.length, 1);
  t.equal(await value('ortolan_connections_refused_total'), 3);
});
