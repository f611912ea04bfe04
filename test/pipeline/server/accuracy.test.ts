/** What is read of the answers about accuracy and drift. */
import t from 'tap';
import { accuracyOf, labelsIn, measuredOf } from '../../../src/pipeline/server/accuracy.ts';
import { driftOf } from '../../../src/pipeline/server/drift.ts';

const SAID = {
  complete: true,
  versions: [
    { version: '1', accuracy: { value: 0.933333, low: 0.9, high: 0.96, n: 300 } },
    { version: '2', accuracy: { low: 0, high: 1, n: 0 } },
  ],
};

t.test('counts come from the share and the number', async (t) => {
  t.same(measuredOf(SAID, '1'), { n: 300, correct: 280 });
  t.same(measuredOf(SAID, '2'), { n: 0, correct: 0 });
  t.same(measuredOf(SAID, '3'), { n: 0, correct: 0 });
  t.equal(labelsIn(SAID), 300);
  t.same(accuracyOf(SAID, '1'), { low: 0.9, high: 0.96, n: 300 });
  t.equal(accuracyOf(SAID, '2'), undefined);
});

t.test('a server that still reads what earlier ones have written says nothing yet', async (t) => {
  const early = { ...SAID, complete: false };
  t.equal(measuredOf(early, '1'), undefined);
  t.equal(labelsIn(early), undefined);
  t.equal(accuracyOf(early, '1'), undefined);
});

t.test('an answer of another form says nothing', async (t) => {
  for (const strange of [undefined, null, 5, 'x', [], {}, { versions: 'x' }, { versions: [{}] }]) {
    t.equal(accuracyOf(strange, '1'), undefined);
    t.equal(driftOf(strange, '1'), undefined);
    t.same(measuredOf(strange, '1') ?? { n: 0, correct: 0 }, { n: 0, correct: 0 });
  }
});

t.test('the features that have drifted are named', async (t) => {
  const feature = (name: string, alarm: boolean) => ({
    feature: name,
    statistics: [
      { alarm: false, value: 0, threshold: 1 },
      { alarm, value: 0.31234, threshold: 0.1 },
    ],
  });
  const of = (...features: object[]) => driftOf({ versions: [{ version: '1', features }] }, '1');
  t.equal(of(feature('luminance', true), feature('size', false)), 'luminance 0.312 > 0.100');
  t.equal(of(feature('size', false)), undefined);
  t.match(of(...['a', 'b', 'c', 'd', 'e'].map((name) => feature(name, true))), /, and 2 more$/);
  t.equal(driftOf({ versions: [{ version: '2', features: [feature('a', true)] }] }, '1'), undefined);
});
