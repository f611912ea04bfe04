import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { chooseWidth, type WidthFacts } from '../../src/scheduler/width.ts';

const QUIET: WidthFacts = { idle: true, busyShare: 0, narrowMs: 10, wideMs: 6 };
const choose = (changed: Partial<WidthFacts>): string => chooseWidth({ ...QUIET, ...changed });

t.test('an idle server runs a batch wide when that is faster', async (t) => {
  t.equal(choose({}), 'wide');
  t.equal(choose({ wideMs: 10 }), 'narrow');
  t.equal(choose({ wideMs: 12 }), 'narrow');
});

t.test('a batch is narrow when anything else runs or is queued, or there is no wide session', async (t) => {
  t.equal(choose({ idle: false }), 'narrow');
  t.equal(choose({ wideMs: undefined }), 'narrow');
});

t.test('the mean wait of requests that arrive meanwhile counts: w * rho / (2 * (1 - rho))', async (t) => {
  t.equal(choose({ busyShare: 0.57 }), 'wide', '6 ms and 3.98 of waiting');
  t.equal(choose({ busyShare: 0.58 }), 'narrow', '6 ms and 4.14 of waiting');
  t.equal(choose({ wideMs: 9, busyShare: 0.1 }), 'wide');
  t.equal(choose({ wideMs: 9, busyShare: 0.2 }), 'narrow');
});

t.test('connections that keep the server busy all the time get narrow sessions', async (t) => {
  t.equal(choose({ busyShare: 1, wideMs: 0.001 }), 'narrow');
});

const times = fc.double({ min: 0.01, max: 1000, noNaN: true });
const shares = fc.double({ min: 0, max: 1, noNaN: true });

t.test('a busier server, or a slower wide run, never turns narrow into wide', async () => {
  const property = fc.property(
    times,
    times,
    shares,
    shares,
    times,
    (narrowMs, wideMs, share, more, moreMs) => {
      const facts = { idle: true, narrowMs, wideMs, busyShare: share };
      fc.pre(chooseWidth(facts) === 'narrow');
      assert.equal(chooseWidth({ ...facts, busyShare: Math.max(share, more) }), 'narrow');
      assert.equal(chooseWidth({ ...facts, wideMs: wideMs + moreMs }), 'narrow');
    },
  );
  fc.assert(property);
});

t.test('a batch that is not faster wide never runs wide', async () => {
  fc.assert(
    fc.property(times, times, shares, (narrowMs, wideMs, busyShare) => {
      fc.pre(wideMs >= narrowMs);
      assert.equal(chooseWidth({ idle: true, busyShare, narrowMs, wideMs }), 'narrow');
    }),
  );
});
