import t from 'tap';
import { Gathering } from '../../../../src/quality/drift/baseline/gathering.ts';
import { Monitor, thresholdsFor } from '../../../../src/quality/drift/monitor.ts';
import type { VersionDrift } from '../../../../src/quality/drift/version-drift.ts';
import { Baseline, Drift, STATE, WISH } from '../../../../src/protocol/v1/drift/schemas.ts';
import { viewOf } from '../../../../src/protocol/v1/drift/view.ts';
import { madeReference, NAMES, Rows } from '../../../quality/drift/fixtures.ts';
import { faultsOf, fits } from '../../conformance.ts';

const VERSION = {
  version: '1',
  settings: { labels: ['tabby', 'espresso'] },
} as unknown as VersionDrift['version'];
const WANTED = { rows: 300, oneIn: 1, window: 500, falseAlarmEvery: 1000 };

t.test('the drift of a version conforms to its schema, in every state', async (t) => {
  const rows = new Rows(1);
  const reference = madeReference(rows, 300, { window: 50 });
  const monitor = new Monitor(reference, thresholdsFor(reference), NAMES);
  const shown = (drift: Partial<VersionDrift>): void => {
    const view = viewOf({
      version: VERSION,
      state: 'watching',
      reason: undefined,
      monitor: undefined,
      gathering: undefined,
      ...drift,
    });
    fits(t, Drift, JSON.stringify({ model: 'm', versions: [view] }));
  };
  shown({ state: 'off', gathering: { wish: WANTED, rows: new Gathering(NAMES), answers: 0 } });
  shown({ state: 'refused', reason: 'It is for other files.' });
  shown({ monitor });
  for (let row = 0; row < 70; row++) {
    const { numbers, classes } = rows.draw();
    monitor.add(numbers, classes);
    if (row === 20) shown({ monitor });
  }
  shown({ monitor });
  const text = JSON.stringify(
    viewOf({ version: VERSION, state: 'watching', reason: undefined, monitor, gathering: undefined }),
  );
  t.match(text, /"tabby"/);
  t.match(text, /"name":"class_share"/);
});

t.test('the examples conform', async (t) => {
  fits(t, Drift, JSON.stringify(STATE.value));
  t.strictSame(faultsOf(Baseline, WISH.value), []);
});
