import { randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import t from 'tap';
import type { TraceContext } from '../../../src/telemetry/trace/context.ts';
import { sample, chosen, TraceIds, type Sampling } from '../../../src/telemetry/trace/sampler.ts';

const ids = new TraceIds((bytes) => randomFillSync(bytes));
const sent = (sampled: boolean): TraceContext => ({
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  sampled,
  state: 'vendor=1',
});
const trusting = (ratio: number): Sampling => ({ ratio, parent: 'trust' });
const linking = (ratio: number): Sampling => ({ ratio, parent: 'link' });

t.test('a request of a trace that is sampled is part of it, whatever the ratio', async (t) => {
  const parent = sent(true);
  t.strictSame(sample(parent, trusting(0), ids), { traceId: parent.traceId, parent, link: undefined });
});

t.test('a request of a trace that is not sampled is not traced, whatever the ratio', async (t) => {
  t.equal(sample(sent(false), trusting(1), ids), undefined);
});

t.test('a trace begins at a request without a parent, by the ratio', async (t) => {
  t.equal(sample(undefined, trusting(0), ids), undefined);
  const origin = sample(undefined, trusting(1), ids);
  t.match(origin?.traceId, /^[\da-f]{32}$/);
  t.equal(origin?.parent, undefined);
});

t.test('the flag of an untrusted caller is ignored, and its trace is only linked', async (t) => {
  for (const sampled of [true, false]) {
    const caller = sent(sampled);
    t.equal(sample(caller, linking(0), ids), undefined);
    const origin = sample(caller, linking(1), ids);
    t.not(origin?.traceId, caller.traceId);
    t.equal(origin?.parent, undefined);
    t.equal(origin?.link, caller);
  }
});

t.test('a ratio samples about that share of ids', async (t) => {
  const count = 20_000;
  let taken = 0;
  for (let one = 0; one < count; one++) if (chosen(ids.traceId(), 0.1)) taken++;
  // Six standard deviations, exceeded once in five hundred million runs.
  t.ok(Math.abs(taken - count * 0.1) < 6 * Math.sqrt(count * 0.1 * 0.9), `${taken} of ${count}`);
});

t.test('ids sampled by a small ratio are sampled by every larger one', async () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(share, share, (one, other) => {
      const id = ids.traceId();
      const [small, large] = [Math.min(one, other), Math.max(one, other)];
      return !chosen(id, small) || chosen(id, large);
    }),
  );
});

t.test('a ratio of 1 samples all ids, and 0 none', async (t) => {
  const least = '0'.repeat(32);
  const most = 'f'.repeat(32);
  t.ok(chosen(least, 1));
  t.notOk(chosen(most, 0));
});

t.test('ids are never all zeros, and are unique', async (t) => {
  let fills = 0;
  const first = new TraceIds((bytes) => (fills++ === 0 ? bytes.fill(0) : randomFillSync(bytes)));
  t.notMatch(first.spanId(), /^0+$/);
  const seen = new Set(Array.from({ length: 1000 }, () => ids.spanId()));
  t.equal(seen.size, 1000);
  t.ok([...seen].every((id) => /^[\da-f]{16}$/.test(id)));
});
