import t from 'tap';
import type { ModelState } from '../../../src/serving/model-version.ts';
import { defaultAmong, labelsAmong } from '../../../src/serving/control/names.ts';

const version = (number: string, state: ModelState, ...versionLabels: string[]) => ({
  version: number,
  answers: state === 'ready',
  settings: { versionLabels },
});

t.test('the default moves to the wanted version when it is ready, not before', async (t) => {
  const one = version('1', 'ready');
  t.equal(defaultAmong([one, version('2', 'loading')], '2', '1'), '1');
  t.equal(defaultAmong([one, version('2', 'unavailable')], '2', '1'), '1');
  t.equal(defaultAmong([one, version('2', 'ready')], '2', '1'), '2');
});

t.test('a default that broke is not replaced by a version that nobody asked for', async (t) => {
  t.equal(defaultAmong([version('1', 'ready'), version('2', 'unavailable')], '2', '2'), '2');
});

t.test(
  'without the wanted version and the one before, the highest that is ready is the default',
  async (t) => {
    const versions = [version('2', 'ready'), version('10', 'ready'), version('11', 'unavailable')];
    t.equal(defaultAmong(versions, '11', '1'), '10');
  },
);

t.test('a model that is new has the wanted default, whatever its state', async (t) => {
  t.equal(defaultAmong([version('1', 'waiting'), version('2', 'waiting')], '1', undefined), '1');
  t.equal(defaultAmong([version('3', 'waiting')], '1', undefined), '3');
});

t.test('a label moves when the version that it is to name is ready', async (t) => {
  const one = version('1', 'ready', 'stable');
  const wanted = { stable: 2 };
  t.strictSame(
    [...labelsAmong([one, version('2', 'loading', 'stable')], wanted)],
    [
      ['1', ['stable']],
      ['2', []],
    ],
  );
  t.strictSame(
    [...labelsAmong([one, version('2', 'ready')], wanted)],
    [
      ['1', []],
      ['2', ['stable']],
    ],
  );
});

t.test('a label that no ready version has is at the version that it is to name', async (t) => {
  const versions = [version('1', 'ready'), version('2', 'unavailable')];
  t.strictSame(labelsAmong(versions, { canary: 2 }).get('2'), ['canary']);
  t.strictSame([...labelsAmong(versions, { canary: 7 }).values()], [[], []], 'a version that is not there');
});
