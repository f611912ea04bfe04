/** Photographs other than the standard ones. */
import { using } from '../run/context.ts';
import { mixOfSizes as mix, unseen } from '../../tools/photographs/sets.ts';
import type { Outcome } from '../generator/phase.ts';
import { valuesOf } from '../run/rows.ts';
import { closedPhase, startPatient, type Loaded } from '../run/phases.ts';
import { repeat } from '../run/repetitions.ts';
import type { Ortolan } from '../../tools/process/ortolan.ts';
import { scenarioOf, type Play } from './play.ts';

const CONNECTIONS = 16;

/** The server as one that takes any image: it knows a format by its first bytes. */
const anyImageTo = (server: Ortolan): Loaded => ({
  ...server,
  headers: { 'content-type': 'application/octet-stream' },
});

export const mixOfSizes: Play = {
  name: 'mix of sizes',
  steps: 2,
  async run(context) {
    const photographs = await mix();
    const bodies = photographs.map(({ bytes }) => bytes);
    return using(startPatient('int8'), async (server) => {
      const phase = (connections: number): Promise<Outcome[]> =>
        repeat(context, this.name, () => closedPhase(context, anyImageTo(server), connections, { bodies }));
      const outcomes = await phase(CONNECTIONS);
      const alone = await phase(1);
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
        return closedPhase(context, server, CONNECTIONS, { bodies: photographs.map(({ bytes }) => bytes) });
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
