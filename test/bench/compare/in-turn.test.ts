import t from 'tap';
import { compareInTurn, type Plan, type Side, type Sides } from '../../../bench/compare/in-turn.ts';
import type { Outcome, Phase } from '../../../bench/generator/phase.ts';

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
  serverRssMiB: 300,
};
const sideOf = (name: string, againMs: number): Side => ({
  name,
  server: { urlOf: (_model, version) => `http://${name}/${version}`, headers: {}, pids: () => [] },
  start: async () => ({ firstMs: 900, againMs, rssMiB: 200 }),
});
const sides: Sides = { a: sideOf('new', 600), b: sideOf('old', 500) };
const plan: Plan = { pairs: 6, phaseMs: 1, warmUpMs: 0, photographs: [], onPair: () => undefined };

/** Responds at once, and records the requested phases. */
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

t.test('both models are loaded at one, sixteen and 32 connections, then starts are timed', async (t) => {
  const generator = fakeGenerator(() => outcome);
  const figures = await compareInTurn(sides, generator, plan);
  const ofModel = (model: string): string[] => [
    `${model}, 1 connection: ms p50`,
    `${model}, 16 connections: requests per second`,
    `${model}, 16 connections: ms of processor time an answer`,
    `${model}, 32 connections: requests per second`,
  ];
  t.strictSame(
    figures.map(({ name, unit }) => `${name}: ${unit}`),
    [
      ...ofModel('fp32'),
      ...ofModel('int8'),
      'start: ms until ready, first',
      'start: ms until ready, again',
      'start: MiB resident',
    ],
  );
  t.ok(figures.every(({ pairs }) => pairs.length === plan.pairs));
  const loads = generator.phases.map(
    (phase) => `${phase.url.at(-1)} ${phase.kind === 'closed' ? phase.connections : 0}`,
  );
  t.strictSame([...new Set(loads)], ['1 1', '1 16', '1 32', '2 1', '2 16', '2 32']);
});

t.test('the sides alternate in going first', async (t) => {
  const generator = fakeGenerator(() => outcome);
  await compareInTurn(sides, generator, plan);
  const order = generator.phases.slice(2, 10).map(({ url }) => new URL(url).hostname);
  t.strictSame(order.join(' '), 'old new new old old new new old');
});

t.test('a pair holds the figure of the commit in a and that of the base in b', async (t) => {
  const generator = fakeGenerator(({ url }) =>
    url.includes('new')
      ? { ...outcome, good: 80, serverCpu: 2, latency: { ...percentiles, p50: 7 } }
      : outcome,
  );
  const figures = await compareInTurn(sides, generator, plan);
  const [latency, throughput, processor] = figures;
  t.ok(latency!.pairs.every(({ a, b }) => a === 7 && b === 5));
  t.ok(throughput!.pairs.every(({ a, b }) => a === 40 && b === 50));
  t.ok(processor!.pairs.every(({ a, b }) => a === 50 && b === 20));
  t.ok(figures.at(-2)!.pairs.every(({ a, b }) => a === 600 && b === 500));
});

t.test('a server that answers with errors is not compared', async (t) => {
  const generator = fakeGenerator(() => ({ ...outcome, failed: 3 }));
  const compared = compareInTurn(sides, generator, plan);
  await t.rejects(compared, /old answered 3 of 100 requests for fp32 with an error/);
});

t.test('a phase that is too short for a response gives no figure', async (t) => {
  const generator = fakeGenerator(() => ({ ...outcome, sent: 0, good: 0 }));
  const compared = compareInTurn(sides, generator, plan);
  await t.rejects(compared, /old answered nothing for fp32 within 0\.001 s/);
});
