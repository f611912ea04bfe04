/** What becomes of a model when its files change; loads and looks are faked. */
import t from 'tap';
import type { ModelLook } from '../../../src/repository/look/look.ts';
import { ModelChanges } from '../../../src/serving/control/changes.ts';
import { recordTelemetry } from '../../support/telemetry.ts';
import { FakeServing } from './fake-serving.ts';
import { lookOf, modelOf, unreadable } from './looks.ts';

const ONE = modelOf({ versions: { 1: 'a' } });

/** Version 1 serves. */
function setup(start: ModelLook = ONE) {
  const serving = FakeServing.from(start);
  const { events, lines } = recordTelemetry();
  let now = start;
  const changes = new ModelChanges({ serving, events: events.models, look: async () => lookOf(now) });
  changes.begin(start);
  const apply = (look: ModelLook, again?: boolean): Promise<readonly string[]> => {
    now = look;
    return changes.apply(look, again);
  };
  const rewrite = (look: ModelLook): void => void (now = look);
  return { serving, changes, apply, rewrite, lines };
}

t.test('a new version serves beside the old one, and becomes the default when it is ready', async (t) => {
  const { serving, apply } = setup();
  const during: (readonly string[])[] = [];
  serving.onLoad = () => void during.push(serving.shown);
  t.strictSame(await apply(modelOf({ versions: { 1: 'a', 2: 'b' } })), []);
  t.strictSame(during, [['1* ready', '2 loading']]);
  t.strictSame(serving.shown, ['1 ready', '2* ready']);
  t.strictSame(serving.loads, ['m/2']);
});

t.test('changed files take the place of the version in one step', async (t) => {
  const { serving, apply } = setup();
  const [old] = serving.catalogue.versions;
  serving.onLoad = () => void t.equal(serving.catalogue.versions[0], old);
  t.strictSame(await apply(modelOf({ versions: { 1: 'b' } })), []);
  t.strictSame(serving.shown, ['1* ready']);
  t.not(serving.catalogue.versions[0], old);
});

t.test('changed files that cannot be loaded are refused, once, and the old version serves', async (t) => {
  const { serving, apply } = setup();
  const [old] = serving.catalogue.versions;
  serving.broken.set('m/1', 'It is cut off.');
  const bad = modelOf({ versions: { 1: 'bad' } });
  t.strictSame(await apply(bad), ['It is cut off.']);
  t.strictSame(await apply(bad), ['It is cut off.']);
  t.strictSame(serving.loads, ['m/1']);
  t.strictSame(serving.shown, ['1* ready It is cut off.']);
  t.equal(serving.catalogue.versions[0], old);
});

t.test('a refusal is over when the files are good again', async (t) => {
  const { serving, apply } = setup();
  serving.broken.set('m/1', 'It is cut off.');
  await apply(modelOf({ versions: { 1: 'bad' } }));
  serving.broken.clear();
  await apply(modelOf({ versions: { 1: 'good' } }));
  t.strictSame(serving.shown, ['1* ready']);
});

t.test('a new version that is bad is shown with its reason, and nothing leads to it', async (t) => {
  const { serving, apply } = setup(
    modelOf({ versions: { 1: 'a' }, config: { versionLabels: { stable: 1 } } }),
  );
  serving.broken.set('m/2', 'It is cut off.');
  await apply(modelOf({ versions: { 1: 'a', 2: 'b' }, config: { versionLabels: { stable: 2 } } }));
  t.strictSame(serving.shown, ['1* ready', '2 unavailable']);
  const labels = serving.catalogue.versions.map(({ settings }) => settings.versionLabels);
  t.strictSame(labels, [['stable'], []]);
  t.equal(serving.catalogue.versions[1]!.reason, 'It is cut off.');
});

t.test('nothing is taken away while what comes in its place is refused', async (t) => {
  const { serving, apply } = setup();
  serving.broken.set('m/2', 'It is cut off.');
  await apply(modelOf({ versions: { 2: 'b' } }));
  t.strictSame(serving.shown, ['1* ready', '2 unavailable']);
  serving.broken.clear();
  await apply(modelOf({ versions: { 2: 'c' } }));
  t.strictSame(serving.shown, ['2* ready']);
});

t.test('other tensors under the same number are refused', async (t) => {
  const { serving, apply } = setup();
  serving.input = 'z';
  const [reason] = await apply(modelOf({ versions: { 1: 'b' } }));
  t.match(reason, /input 0 is z FP32 \[-1,4\], not x FP32 \[-1,4\]\. Give it a new version number/);
  t.match(serving.shown, [/^1\* ready It differs/]);
});

t.test('other tensors under a new number are served, with a warning', async (t) => {
  const { serving, apply, lines } = setup();
  serving.input = 'z';
  await apply(modelOf({ versions: { 1: 'a', 2: 'b' } }));
  t.strictSame(serving.shown, ['1 ready', '2* ready']);
  t.match(lines, [{ level: 'WARNING', version: '2', message: 'model version has another signature' }]);
});

t.test(
  'files that change while they are loaded are refused, and loaded when they are looked at again',
  async (t) => {
    const { serving, apply, rewrite } = setup();
    serving.onLoad = () => rewrite(modelOf({ versions: { 1: 'c' } }));
    t.strictSame(await apply(modelOf({ versions: { 1: 'b' } })), ['Its files changed while it was loaded.']);
    serving.onLoad = () => undefined;
    t.strictSame(await apply(modelOf({ versions: { 1: 'c' } })), []);
    t.strictSame(serving.shown, ['1* ready']);
  },
);

t.test('a model that cannot be read any more goes on, with the reason, logged once', async (t) => {
  const { serving, apply, lines } = setup();
  for (let time = 0; time < 2; time++) t.strictSame(await apply(unreadable('Bad JSON.')), ['Bad JSON.']);
  t.strictSame(serving.shown, ['1* ready Bad JSON.']);
  t.match(lines, [{ level: 'ERROR', reason: 'Bad JSON.' }]);
  t.equal(lines.length, 1);
});

t.test('a new model that cannot be read is shown with the reason until it can', async (t) => {
  const { serving, changes, apply } = setup();
  changes.remove('m');
  await apply(unreadable('Bad JSON.'));
  t.strictSame(serving.shown, ['unknown* unavailable']);
  await apply(ONE);
  t.strictSame(serving.shown, ['1* ready']);
});

t.test('names and the description change without a load', async (t) => {
  const { serving, apply } = setup();
  await apply(
    modelOf({ versions: { 1: 'a' }, config: { description: 'New', versionLabels: { stable: 1 } } }),
  );
  t.match(serving.catalogue.versions[0]!.settings, { description: 'New', versionLabels: ['stable'] });
  t.strictSame(serving.loads, []);
});

t.test('a model that has not changed is loaded again on demand', async (t) => {
  const { serving, apply } = setup();
  const [old] = serving.catalogue.versions;
  await apply(ONE, true);
  t.strictSame(serving.loads, ['m/1']);
  t.not(serving.catalogue.versions[0], old);
});

t.test(
  'what is loaded on demand and not in memory goes on while what comes in its place is refused',
  async (t) => {
    const config = { residency: 'on-demand' } as const;
    const { serving, apply } = setup(modelOf({ versions: { 1: 'a' }, config }));
    const [old] = serving.catalogue.versions;
    old!.leaves();
    serving.broken.set('m/1', 'It is cut off.');
    t.strictSame(await apply(modelOf({ versions: { 1: 'bad' }, config })), ['It is cut off.']);
    t.equal(serving.catalogue.versions[0], old);
    t.strictSame(serving.shown, ['1* waiting It is cut off.']);
  },
);

t.test('no name leads to a new version on demand before it has been checked', async (t) => {
  const config = { residency: 'on-demand' } as const;
  const { serving, apply } = setup(modelOf({ versions: { 1: 'a' }, config }));
  const during: (readonly string[])[] = [];
  serving.onLoad = () => void during.push(serving.shown);
  await apply(modelOf({ versions: { 1: 'a', 2: 'b' }, config }));
  t.strictSame(during, [['1* ready', '2 loading']]);
  t.strictSame(serving.shown, ['1 ready', '2* ready']);
});
