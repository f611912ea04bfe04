/** Requests are assigned, counted and copied; changes of the settings and of the catalogue are followed. */
import t from 'tap';
import type { TrafficConfig } from '../../src/repository/model-json/traffic.ts';
import { BodyBuffers } from '../../src/http/body/buffers.ts';
import { openTraffic } from '../../src/traffic/open.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { recordTelemetry } from '../support/telemetry.ts';
import { answered, catalogueOf, classes, image, ran, version } from './fixtures/models.ts';

/** The model m with two versions, whose traffic is set. */
function setup(traffic?: TrafficConfig) {
  const one = version('1');
  const two = version('2', { labels: ['next'], ...(traffic && { traffic }) });
  const catalogue = catalogueOf(one.version, two.version);
  const clock = new FakeClock();
  const telemetry = recordTelemetry();
  const open = openTraffic(catalogue, {
    clock,
    events: telemetry.events.traffic,
    buffers: new BodyBuffers(),
  });
  const shown = () => open.control.show('m') as Record<string, never>;
  return { one, two, catalogue, clock, telemetry, ...open, shown };
}

const ALL_TO_NEXT = { split: { '1': 0, next: 1 } };

t.test('a request of a split is counted for its version, without the time of its body', async (t) => {
  const { traffic, shown } = setup(ALL_TO_NEXT);
  const { follower } = traffic.route('m', undefined, undefined);
  follower!.ran([image(1)], [answered(classes(1), 4)]);
  follower!.ended('answered');
  const [counted] = shown()['versions'] as unknown as { p50_ms: number }[];
  t.match(counted, { version: '2', requests: 1, errors: 0 });
  t.ok(Math.abs(counted!.p50_ms - 10) < 0.3, 'four of them in the queue');
});

t.test('a fault is counted; what the client did wrong, or has left, is not', async (t) => {
  const { traffic, shown } = setup(ALL_TO_NEXT);
  for (const how of ['INTERNAL', 'BAD_SHAPE', 'OVERLOADED', 'left'] as const) {
    traffic.route('m', undefined, undefined).follower!.ended(how);
  }
  t.match(shown(), { versions: [{ requests: 1, errors: 1 }] });
});

t.test('a request that names a version is neither counted nor copied', async (t) => {
  const { traffic } = setup({ ...ALL_TO_NEXT, shadow: '1' });
  t.equal(traffic.route('m', '2', undefined).follower, undefined);
});

t.test('a user stays with a version, by the header that is set', async (t) => {
  const { traffic } = setup({ split: { '1': 1, '2': 1 }, sticky: 'header:X-User' });
  t.strictSame(traffic.headers, ['x-user']);
  const versions = new Set<string>();
  for (let user = 0; user < 30; user++) {
    const assigned = () => traffic.route('m', undefined, { 'x-user': `u${user}` }).version.version;
    const first = assigned();
    versions.add(first);
    t.ok(Array.from({ length: 5 }, assigned).every((again) => again === first));
  }
  t.equal(versions.size, 2);
});

t.test('what was answered is run on the shadow and compared', async (t) => {
  const { traffic, two, shown, telemetry } = setup({ shadow: 'next' });
  const { follower } = traffic.route('m', undefined, undefined);
  follower!.ran([image(1)], [answered(classes(0.75, 0.25))]);
  follower!.ended('answered');
  await settled();
  await two.spare.end(ran(classes(0.5, 0.5)));
  t.match(shown(), {
    comparison: [{ live: '1', shadow: '2', n: 1, agreed: 1, largest_difference: 0.25, errors: 0 }],
  });
  t.equal(await telemetry.value('ortolan_shadow_copies_total{model="m",version="2",result="agree"}'), 1);
});

t.test('a shadow that fails is counted, and not compared', async (t) => {
  const { traffic, two, shown } = setup({ shadow: '2' });
  const { follower } = traffic.route('m', undefined, undefined);
  follower!.ran([image(1)], [answered(classes(1))]);
  follower!.ended('answered');
  await settled();
  await two.spare.end({ kind: 'failure', code: 'INTERNAL', detail: '' });
  t.match(shown(), { comparison: [{ n: 0, errors: 1 }] });
});

t.test('a request that was not answered is not copied', async (t) => {
  const { traffic, two } = setup({ shadow: '2' });
  const { follower } = traffic.route('m', undefined, undefined);
  follower!.ran([image(1)], [answered(classes(1))]);
  follower!.ended('left');
  await settled();
  t.strictSame(two.spare.begun, []);
});

t.test('what a request has set holds until model.json says something else', async (t) => {
  const { control, catalogue, two, shown } = setup(ALL_TO_NEXT);
  t.match(shown(), { set_by: 'model.json' });
  control.set('m', { split: { '1': 1, '2': 1 } });
  catalogue.add(version('3', { traffic: ALL_TO_NEXT }).version, '1');
  t.match(shown(), { set_by: 'request', settings: { split: { '1': 1 } } }, 'it says the same');
  const replaced = version('2', { labels: ['next'], traffic: { split: { next: 1 } } });
  catalogue.add(replaced.version, '1');
  const versions = catalogue.versions.filter((one) => one !== two.version);
  catalogue.replace('m', versions, '1');
  t.match(shown(), { set_by: 'model.json', settings: { split: { next: 1 } } });
});

t.test('counts of a version whose content was replaced start anew', async (t) => {
  const { traffic, catalogue, two, shown } = setup(ALL_TO_NEXT);
  traffic.route('m', undefined, undefined).follower!.ended('INTERNAL');
  catalogue.add(version('2', { labels: ['next'], traffic: ALL_TO_NEXT }).version, '1');
  const versions = catalogue.versions.filter((one) => one !== two.version);
  catalogue.replace('m', versions, '1');
  const { follower } = traffic.route('m', undefined, undefined);
  follower!.ran([image(1)], [answered(classes(1))]);
  follower!.ended('answered');
  t.match(shown(), { versions: [{ version: '2', requests: 1, errors: 0 }] });
});

t.test('a label that moves to another version takes its share with it', async (t) => {
  const { traffic, catalogue, one, two, shown } = setup(ALL_TO_NEXT);
  t.equal(traffic.route('m', undefined, undefined).version.version, '2');
  const three = version('3', { labels: ['next'], traffic: ALL_TO_NEXT });
  two.version.describe(two.version.source!.entry, []);
  catalogue.replace('m', [one.version, two.version, three.version], '1');
  t.equal(traffic.route('m', undefined, undefined).version.version, '3');
  t.match(shown(), { set_by: 'model.json', split: [{ version: '1' }, { version: '3', share: 1 }] });
});

t.test('users move only as shares change when versions are named by labels instead of numbers', async (t) => {
  const { traffic, catalogue, control, one } = setup();
  const others = [version('2', { labels: ['z'] }).version, version('3', { labels: ['a'] }).version];
  catalogue.replace('m', [one.version, ...others], '1');
  const assigned = () =>
    Array.from({ length: 99 }, (_, user) => traffic.route('m', undefined, { u: `${user}` }).version.version);
  control.set('m', { split: { '1': 50, '2': 20, '3': 30 }, sticky: 'header:u' });
  const before = assigned();
  control.set('m', { split: { '1': 20, z: 50, a: 30 }, sticky: 'header:u' });
  const moves = assigned().flatMap((to, user) => (to === before[user] ? [] : `${before[user]} to ${to}`));
  t.strictSame([...new Set(moves)], ['1 to 2']);
});

t.test('a model that leaves takes its settings with it', async (t) => {
  const { traffic, catalogue, control } = setup({ split: { '1': 1 }, sticky: 'header:u' });
  t.strictSame(traffic.headers, ['u']);
  catalogue.replace('m', [], '');
  t.strictSame(traffic.headers, []);
  t.throws(() => control.show('m'), { code: 'MODEL_NOT_FOUND' });
});
