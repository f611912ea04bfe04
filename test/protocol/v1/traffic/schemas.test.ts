import t from 'tap';
import { BodyBuffers } from '../../../../src/http/body/buffers.ts';
import { SETTINGS, STATE, Traffic, TrafficSettings } from '../../../../src/protocol/v1/traffic/schemas.ts';
import { openTraffic } from '../../../../src/traffic/open.ts';
import { FakeClock, settled } from '../../../support/fake-clock.ts';
import { recordTelemetry } from '../../../support/telemetry.ts';
import { answered, catalogueOf, classes, image, ran, version } from '../../../traffic/fixtures/models.ts';
import { faultsOf, fits } from '../../conformance.ts';

t.test('the traffic of a model conforms to its schema, in every state', async (t) => {
  const clock = new FakeClock();
  const two = version('2');
  const { traffic, control } = openTraffic(catalogueOf(version('1').version, two.version), {
    clock,
    events: recordTelemetry().events.traffic,
    buffers: new BodyBuffers(),
  });
  const conforms = (): void => fits(t, Traffic, JSON.stringify(control.show('m')));
  conforms();
  const guard = { maxDisagreement: 0.1, minSamples: 1 };
  control.set('m', { split: { '1': 1, '2': 1e-3 }, shadow: { version: '2', fraction: 1 }, guard });
  const { follower } = traffic.route('m', undefined, undefined);
  follower!.ran([image(1)], [answered(classes(1))]);
  follower!.ended('answered');
  await settled();
  await two.spare.end(ran(classes(1)));
  clock.advance(60_000);
  conforms();
  for (const step of ['hold', 'promote', 'rollback'] as const) {
    control.step('m', step, undefined);
    conforms();
  }
});

t.test('the examples conform', async (t) => {
  fits(t, Traffic, JSON.stringify(STATE.value));
  t.strictSame(faultsOf(TrafficSettings, SETTINGS.value), []);
});
