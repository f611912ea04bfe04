import t from 'tap';
import { recordTelemetry } from '../../../support/telemetry.ts';

const MODEL = { model: 'tiny', version: '1' };

t.test('refusals and offered work are counted, and logged only in the line of the request', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.demand.refused(MODEL, 'headers', 'OVERLOADED');
  events.demand.workOffered('refused', 15);
  events.demand.workOffered('accepted', 5);
  t.same(lines, []);
  const refused =
    'ortolan_refused_requests_total{model="tiny",version="1",stage="headers",code="OVERLOADED"}';
  t.equal(await value(refused), 1);
  t.equal(await value('ortolan_offered_work_seconds_total{outcome="refused"}'), 0.015);
  t.equal(await value('ortolan_offered_work_seconds_total{outcome="accepted"}'), 0.005);
});
