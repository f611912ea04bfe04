import t from 'tap';
import { duel, type Plan, type Sides } from '../../../bench/compare/duel.ts';
import type { Outcome, Phase } from '../../../bench/load/phase.ts';

const percentiles = { p50: 5, p95: 9, p99: 10, p999: 11 };
const outcome: Outcome = {
  seconds: 2,
  sent: 100,
  good: 100,
  inTime: 100,
  refused: 0,
  failed: 0,
  failures: {},
  aborted: 0,
  latency: percentiles,
  refusal: percentiles,
  lagP99: 0,
  serverCpu: 1,
  generatorCpu: 0.1,
};
const sides: Sides = {
  a: { name: 'new', origin: 'http://a', pids: () => [1] },
  b: { name: 'old', origin: 'http://b', pids: () => [2] },
};
const plan: Plan = { pairs: 6, phaseMs: 1, warmUpMs: 0, photographs: [], onPair: () => undefined };

/** Answers at once; keeps what it was asked for. */
function fakeGenerator(answer: (phase: Phase) => Outcome): {
  phases: Phase[];
  play: (phase: Phase) => Promise<Outcome>;
} {
  const phases: Phase[] = [];
  return {
    phases,
    play: (phase) => {
      phases.push(phase);
      return Promise.resolve(answer(phase));
    },
  };
}

t.test('both models are loaded at one and at sixteen connections', async (t) => {
  const generator = fakeGenerator(() => outcome);
  const figures = await duel(sides, generator, plan);
  t.strictSame(
    figures.map(({ name, better }) => [name, better]),
    [
      ['fp32, 16 connections', 'more'],
      ['fp32, 1 connection', 'less'],
      ['int8, 16 connections', 'more'],
      ['int8, 1 connection', 'less'],
    ],
  );
  t.ok(figures.every(({ pairs }) => pairs.length === plan.pairs));
  const loads = generator.phases.map(
    ({ url, ...phase }) =>
      `${url.at(-'1/predict'.length)} ${phase.kind === 'closed' ? phase.connections : 0}`,
  );
  t.strictSame([...new Set(loads)], ['1 16', '1 1', '2 16', '2 1']);
});

t.test('the sides take turns at being first', async (t) => {
  const generator = fakeGenerator(() => outcome);
  await duel(sides, generator, plan);
  const order = generator.phases.slice(2, 10).map(({ url }) => new URL(url).hostname);
  t.strictSame(order.join(' '), 'b a a b b a a b');
});

t.test('a pair holds the figure of the commit in a and that of the base in b', async (t) => {
  const generator = fakeGenerator(({ url }) =>
    url.startsWith(sides.a.origin) ? { ...outcome, good: 80, latency: { ...percentiles, p50: 7 } } : outcome,
  );
  const [throughput, latency] = await duel(sides, generator, plan);
  t.ok(throughput!.pairs.every(({ a, b }) => a === 40 && b === 50));
  t.ok(latency!.pairs.every(({ a, b }) => a === 7 && b === 5));
});

t.test('a server that answers with errors is not compared', async (t) => {
  const generator = fakeGenerator(() => ({ ...outcome, failed: 3 }));
  await t.rejects(duel(sides, generator, plan), /old answered 3 of 100 requests for fp32 with an error/);
});
