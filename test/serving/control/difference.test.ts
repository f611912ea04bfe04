import t from 'tap';
import type { ModelLook } from '../../../src/repository/look/look.ts';
import { differenceOf, markOf, type Tried } from '../../../src/serving/control/difference.ts';
import { modelOf, unreadable, type Lying } from './looks.ts';

/** As if the versions had been tried as they lie there. */
const triedOf = ({ entry, stamps }: ModelLook): Map<string, Tried> =>
  new Map(
    entry!.versions.map((file) => [file.version, { mark: markOf(entry!, file, stamps.get(file.version)) }]),
  );

const ONE = modelOf({ versions: { 1: 'a' } });

/** What is loaded and kept when version 1 serves. */
function from(look: ModelLook | undefined, tried = triedOf(ONE), again = false) {
  const { load, keep } = differenceOf(look, ['1'], tried, again);
  return { load: load.map(({ file }) => file.version), keep: Object.fromEntries(keep) };
}

t.test('nothing is loaded when nothing has changed', async (t) => {
  t.strictSame(from(modelOf({ versions: { 1: 'a' } })), { load: [], keep: { 1: undefined } });
});

t.test('what has not changed is loaded again on demand', async (t) => {
  t.strictSame(from(ONE, triedOf(ONE), true), { load: ['1'], keep: {} });
});

t.test('a new version is loaded, the one that serves is kept', async (t) => {
  t.strictSame(from(modelOf({ versions: { 1: 'a', 2: 'b' } })), { load: ['2'], keep: { 1: undefined } });
});

for (const [what, change] of [
  ['a changed file', { versions: { 1: 'b' } }],
  ['other labels', { versions: { 1: 'a' }, labels: ['red', 'green'] }],
  ['a changed setting that loading depends on', { versions: { 1: 'a' }, config: { maxBatchSize: 4 } }],
] as const satisfies readonly [string, Lying][]) {
  t.test(`a version is loaded again for ${what}`, async (t) => {
    t.strictSame(from(modelOf(change)), { load: ['1'], keep: {} });
  });
}

t.test('a version is not loaded again for its description, its names or the default', async (t) => {
  const config = { description: 'A net', versionLabels: { stable: 1 }, defaultVersion: 1 };
  t.strictSame(from(modelOf({ versions: { 1: 'a' }, config })), { load: [], keep: { 1: undefined } });
});

t.test(
  'a version that was refused is not tried again until something changes, and keeps its reason',
  async (t) => {
    const bad = modelOf({ versions: { 1: 'bad' } });
    const tried = new Map(
      [...triedOf(bad)].map(([version, one]) => [version, { ...one, reason: 'It is cut off.' }]),
    );
    t.strictSame(from(bad, tried), { load: [], keep: { 1: 'It is cut off.' } });
    t.strictSame(from(modelOf({ versions: { 1: 'good' } }), tried), { load: ['1'], keep: {} });
  },
);

t.test('a version that was taken away is neither loaded nor kept', async (t) => {
  t.strictSame(from(modelOf({ versions: { 2: 'b' } })), { load: ['2'], keep: {} });
  t.strictSame(from(undefined), { load: [], keep: {} });
});

t.test('a version that the policy no longer chooses is not kept', async (t) => {
  t.strictSame(from(modelOf({ versions: { 2: 'b' }, withheld: ['1'] })), { load: ['2'], keep: {} });
});

t.test('a version whose file is missing in its folder is kept', async (t) => {
  const other = modelOf({ versions: { 2: 'b' } });
  const look = { ...other, stamps: new Map([...other.stamps, ['1', '']]) };
  t.strictSame(from(look), { load: ['2'], keep: { 1: 'There is no model.onnx in its folder.' } });
});

t.test('all versions are kept when the model cannot be read', async (t) => {
  t.strictSame(from(unreadable('model.json is not valid JSON.')), {
    load: [],
    keep: { 1: 'model.json is not valid JSON.' },
  });
});
