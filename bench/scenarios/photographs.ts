/** Photographs other than the standard ones. */
import { using, type Context } from '../context.ts';
import { mixOfSizes as mix, unseen } from '../inputs/photographs.ts';
import type { Outcome } from '../load/phase.ts';
import { valuesOf } from '../rows.ts';
import { startPatient, closedPhase } from '../sections/closed-loop.ts';
import type { Ortolan } from '../server.ts';
import { repeat, scenarioOf, type Play } from './play.ts';

const CONNECTIONS = 16;
/** The server knows an image by its first bytes. */
const ANY_IMAGE = { 'content-type': 'application/octet-stream' };

const phase = (
  context: Context,
  server: Ortolan,
  bodies: readonly Buffer[],
  connections: number,
): Promise<Outcome> =>
  context.generator.play({
    kind: 'closed',
    url: server.url,
    headers: ANY_IMAGE,
    bodies,
    connections,
    warmUpMs: context.form.warmUpMs,
    durationMs: context.form.phaseMs,
    pids: server.pids(),
    sloMs: Infinity,
  });

export const mixOfSizes: Play = {
  name: 'mix of sizes',
  steps: 2,
  async run(context) {
    const photographs = await mix();
    const bodies = photographs.map(({ bytes }) => bytes);
    return using(startPatient('int8'), async (server) => {
      const outcomes = await repeat(context, this.name, () => phase(context, server, bodies, CONNECTIONS));
      const alone = await repeat(context, this.name, () => phase(context, server, bodies, 1));
      const sizes = bodies.map(({ length }) => length / 1024);
      const description =
        `${bodies.length} images in turn, ${Math.round(Math.min(...sizes))} to ${Math.round(Math.max(...sizes))} KiB ` +
        `(${photographs.map(({ name }) => name).join(', ')}), int8, ${CONNECTIONS} connections`;
      return [
        scenarioOf(this.name, description, outcomes, {
          'p50 of one connection, ms': valuesOf(alone, ({ latency }) => latency.p50),
          'p99 of one connection, ms': valuesOf(alone, ({ latency }) => latency.p99),
        }),
      ];
    });
  },
};

export const unseenPhotographs: Play = {
  name: 'unseen photographs',
  steps: 1,
  async run(context) {
    const photographs = await unseen();
    return using(startPatient('int8'), async (server) => {
      const standard: Outcome[] = [];
      const outcomes = await repeat(context, this.name, async () => {
        standard.push(await closedPhase(context, server, CONNECTIONS));
        return phase(
          context,
          server,
          photographs.map(({ bytes }) => bytes),
          CONNECTIONS,
        );
      });
      const description =
        `${photographs.length} photographs of other crops, sizes and qualities than the standard ones, which were taken ` +
        `in turn with them, int8, ${CONNECTIONS} connections`;
      return [
        scenarioOf(this.name, description, outcomes, {
          'standard photographs, requests per second': standard.map(({ good, seconds }) => good / seconds),
        }),
      ];
    });
  },
};
