/** When models change: by looks at the folder, or by calls; loads and looks are faked. */
import t from 'tap';
import { ModelError } from '../../../src/repository/model-error.ts';
import type { Look } from '../../../src/repository/look/look.ts';
import { ModelControl, type ControlSettings } from '../../../src/serving/control/control.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { recordTelemetry } from '../../support/telemetry.ts';
import { FakeServing } from './fake-serving.ts';
import { lookOf, modelOf, unreadable } from './looks.ts';

const POLL_MS = 15_000;
const ONE = lookOf(modelOf({ versions: { 1: 'a' } }));
const TWO = lookOf(modelOf({ versions: { 1: 'a', 2: 'b' } }));

function setup(
  mode: ControlSettings['mode'],
  first: Look = ONE,
  serving = FakeServing.from(...ONE.models.values()),
) {
  const clock = new FakeClock();
  const { events, lines } = recordTelemetry();
  const disk: { now: Look | Error } = { now: first };
  const look = async (): Promise<Look> => {
    if (disk.now instanceof Error) throw disk.now;
    return disk.now;
  };
  const control = new ModelControl({
    mode,
    pollMs: POLL_MS,
    clock,
    events: events.models,
    serving,
    look,
    first,
  });
  control.start();
  return { control, serving, clock, disk, lines };
}

t.test('a change is applied when two looks have found the same, the second a second later', async (t) => {
  const { serving, clock, disk } = setup('poll');
  disk.now = TWO;
  await clock.pass(POLL_MS);
  t.strictSame(serving.loads, []);
  await clock.pass(1000);
  t.strictSame(serving.shown, ['1 ready', '2* ready']);
});

t.test('a file that is still growing is not loaded', async (t) => {
  const { serving, clock, disk } = setup('poll');
  for (let size = 0; size < 10; size++) {
    disk.now = lookOf(modelOf({ versions: { 1: 'a', 2: `${size}` } }));
    await clock.pass(size === 0 ? POLL_MS : 1000);
  }
  t.strictSame(serving.loads, []);
  await clock.pass(1000);
  t.strictSame(serving.loads, ['m/2']);
});

t.test('a model that was taken away is not found any more', async (t) => {
  const { serving, clock, disk } = setup('poll');
  disk.now = lookOf(modelOf({ name: 'other', versions: { 1: 'a' } }));
  await clock.pass(POLL_MS + 1000);
  t.equal(serving.catalogue.model('m'), undefined);
  t.ok(serving.catalogue.model('other'));
});

for (const [what, now] of [
  ['cannot be read', new ModelError('The models folder cannot be read.')],
  ['has no model, as when it is not mounted', lookOf()],
] as const) {
  t.test(`nothing changes while the folder ${what}; it is logged once`, async (t) => {
    const { serving, clock, disk, lines } = setup('poll');
    disk.now = now;
    await clock.pass(3 * POLL_MS);
    t.strictSame(serving.shown, ['1* ready']);
    t.match(lines, [{ level: 'ERROR', message: 'models folder not readable, nothing is changed' }]);
    t.equal(lines.length, 1);
    disk.now = TWO;
    await clock.pass(POLL_MS + 1000);
    t.strictSame(serving.shown, ['1 ready', '2* ready']);
  });
}

t.test('a model that was left out at the start is loaded once its files change', async (t) => {
  const left = (stamp: string) => modelOf({ name: 'left', versions: { 1: stamp } });
  const { serving, clock, disk } = setup('poll', lookOf(...ONE.models.values(), left('a')));
  await clock.pass(3 * POLL_MS);
  t.strictSame(serving.loads, []);
  disk.now = lookOf(...ONE.models.values(), left('b'));
  await clock.pass(POLL_MS + 1000);
  t.strictSame(serving.loads, ['left/1']);
});

for (const mode of ['none', 'explicit'] as const) {
  t.test(`in mode ${mode} nothing is looked at by itself`, async (t) => {
    const { clock } = setup(mode);
    t.equal(clock.pending, 0);
  });
}

t.test('no look comes after the stop', async (t) => {
  const { control, clock } = setup('poll');
  control.stop();
  t.equal(clock.pending, 0);
});

t.test('load makes what lies there serve, and is done when it does', async (t) => {
  const { control, serving, disk } = setup('explicit');
  disk.now = TWO;
  await control.load('m');
  t.strictSame(serving.shown, ['1 ready', '2* ready']);
  t.strictSame(serving.loads, ['m/1', 'm/2']);
});

t.test('load of what is bad fails with the reason, which the index has too', async (t) => {
  const { control, serving } = setup('explicit');
  serving.broken.set('m/1', 'It is cut off.');
  await t.rejects(control.load('m'), {
    code: 'MODEL_REFUSED',
    message: 'Model m cannot be loaded: It is cut off.',
  });
  t.strictSame(await control.index(), [
    { name: 'm', version: '1', state: 'READY', reason: 'It is cut off.' },
  ]);
});

t.test('load tries again what was refused', async (t) => {
  const { control, serving } = setup('explicit');
  serving.broken.set('m/1', 'It is cut off.');
  await t.rejects(control.load('m'));
  serving.broken.clear();
  await control.load('m');
  t.strictSame(serving.shown, ['1* ready']);
});

t.test('load of a folder that cannot be read is refused', async (t) => {
  const { control, disk } = setup('explicit');
  disk.now = new ModelError('The models folder cannot be read.');
  await t.rejects(control.load('m'), { code: 'MODEL_REFUSED', message: /folder cannot be read/ });
});

t.test('unload makes a model be found no more; it can be loaded again', async (t) => {
  const { control, serving } = setup('explicit');
  await control.unload('m');
  t.equal(serving.catalogue.model('m'), undefined);
  t.strictSame(await control.index(), [{ name: 'm', state: 'UNAVAILABLE', reason: 'not loaded' }]);
  await control.load('m');
  t.strictSame(serving.shown, ['1* ready']);
});

t.test('there is nothing to load or unload under an unknown name', async (t) => {
  const { control } = setup('explicit');
  for (const name of ['nope', '../m', 'm\0', '']) {
    await t.rejects(control.load(name), { code: 'MODEL_NOT_FOUND' });
    await t.rejects(control.unload(name), { code: 'MODEL_NOT_FOUND' });
  }
});

t.test('calls that come together are done one after the other', async (t) => {
  const { control, serving } = setup('explicit');
  let running = 0;
  serving.onLoad = async () => {
    t.equal(++running, 1);
    await Promise.resolve();
    running--;
  };
  await Promise.all([control.load('m'), control.load('m'), control.unload('m'), control.load('m')]);
  t.strictSame(serving.shown, ['1* ready']);
  t.equal(serving.loads.length, 3);
});

t.test('the index looks at the folder in mode explicit', async (t) => {
  const { control, disk } = setup('explicit');
  disk.now = lookOf(...ONE.models.values(), unreadable('Bad JSON.', 'new'));
  t.match(await control.index(), [{ name: 'm' }, { name: 'new', state: 'UNAVAILABLE', reason: 'Bad JSON.' }]);
});

t.test('a load while the server shuts down is refused for that, not for the files', async (t) => {
  const { control, serving } = setup('explicit');
  control.stop();
  await t.rejects(control.load('m'), { code: 'DRAINING' });
  t.strictSame(serving.loads, []);
});
