/** R5: three and ten times as much as the server can do, in an open loop. */
import { Generator, GENERATOR_CORE } from '../../../bench/generator/generator.ts';
import type { Outcome } from '../../../bench/generator/phase.ts';
import { residentMiB } from '../../../tools/process/usage.ts';
import { matmul } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';

const DEADLINE_MS = 250;
const OVERLOADS = [3, 10] as const;
/** Of the capacity: a load that is steady. */
const STEADY = 0.5;
const RECOVERED = 2;
const LAYERS = 100;
const BODY = Buffer.alloc(4096);

export const overload: Demand = {
  id: 'R5',
  title: 'Overload',
  demand:
    'An open loop at 3 and 10 times the capacity, deadline 250 ms: goodput at least 95 % of its peak, p99 of what is accepted within the deadline, refusals within 10 ms, memory flat, steady again within 2 s',
  quiet: true,
  async run({ scene, pick, say }) {
    const { port, pid } = await scene.start({
      models: scene.models({ heavy: matmul(LAYERS) }),
      options: { workers: 2, sloP99Ms: DEADLINE_MS },
    });
    const generator = Generator.start(GENERATOR_CORE);
    scene.teardown(() => generator.stop());
    const seconds = pick(4, 20, 60);
    const common = {
      url: `http://127.0.0.1:${port}/v1/predict`,
      headers: { 'content-type': 'application/octet-stream' },
      bodies: [BODY],
      pids: [pid],
      sloMs: DEADLINE_MS,
    };
    let seed = 1;
    const open = (perSecond: number, forMs = seconds * 1000, warmUpMs = 1000): Promise<Outcome> =>
      generator.play({ kind: 'open', perSecond, seed: seed++, warmUpMs, durationMs: forMs, ...common });
    const closed = await generator.play({
      kind: 'closed',
      connections: 32,
      warmUpMs: 2000,
      durationMs: pick(3000, 10_000),
      ...common,
    });
    const capacity = closed.good / closed.seconds;
    say(`capacity: ${capacity.toFixed(0)} per second`);
    const goodput = ({ inTime, seconds: length }: Outcome): number => inTime / length;
    const peaks: number[] = [];
    for (const share of [0.9, 1]) peaks.push(goodput(await open(share * capacity)));
    const steady = await open(STEADY * capacity, pick(3000, 10_000));
    const before = residentMiB([pid]);
    const peak = Math.max(...peaks);
    const outcomes: [number, Outcome][] = [];
    for (const times of OVERLOADS) {
      const outcome = await open(times * capacity);
      outcomes.push([times, outcome]);
      say(
        `${times} times: goodput ${goodput(outcome).toFixed(0)} of ${peak.toFixed(0)}, ${JSON.stringify(outcome)}`,
      );
    }
    // Half a second for what was accepted; what comes from the second after the overload on counts.
    const after = await open(STEADY * capacity, pick(3000, 10_000), 2000);
    return [
      { what: 'capacity', value: capacity, unit: 'per second' },
      { what: 'peak goodput', value: peak, unit: 'per second' },
      ...outcomes.flatMap(([times, outcome]) => [
        { what: `goodput at ${times} times over the peak`, value: goodput(outcome) / peak, atLeast: 0.95 },
        {
          what: `p99 of what is accepted at ${times} times`,
          value: outcome.latency.p99,
          unit: 'ms',
          atMost: DEADLINE_MS,
        },
        { what: `p99 of refusals at ${times} times`, value: outcome.refusal.p99, unit: 'ms', atMost: 10 },
        { what: `neither answered nor refused at ${times} times`, value: outcome.failed, atMost: 0 },
      ]),
      { what: 'memory after over memory before', value: residentMiB([pid]) / before, atMost: 1.05 },
      {
        what: 'p99 from 2 s after the overload on, over the p99 before',
        value: after.latency.p99 / steady.latency.p99,
        atMost: RECOVERED,
      },
    ];
  },
};
