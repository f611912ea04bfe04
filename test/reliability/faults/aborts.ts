/** R9: clients that go in the middle of an upload or while they wait, and whether every request is accounted for. */
import { seededRandom } from '../../../tools/random/seeded.ts';
import {
  requestBytes,
  scrape,
  until,
  Wire,
  type Samples,
  type WireRequest,
} from '../../support/http-client.ts';
import { matmul } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { pause } from '../scene.ts';

const CLIENTS = 32;
const ABORTS = 0.3;
const PREDICT: WireRequest = { method: 'POST', path: '/v1/predict', body: Buffer.alloc(4096) };
const INVALID: WireRequest = { ...PREDICT, body: 'half a row' };

export const aborts: Demand = {
  id: 'R9',
  title: 'Clients that go',
  demand:
    'Three of ten clients go, in the middle of their upload or while they wait: no crash, what waits is dropped before it runs, and accepted = answered + failed + abandoned exactly',
  async run({ scene, pick, say }) {
    const { port, child } = await scene.start({
      models: scene.models({ heavy: matmul(4) }),
      options: { workers: 2, maxQueueRows: 64 },
    });
    // Its own requests and those before are no part of what follows.
    const before = await scrape(port);
    const requests = pick(1500, 20_000, 200_000);
    const random = seededRandom(9);
    const counts = { sent: 0, answered: 0, left: 0, lost: 0 };
    const client = async (): Promise<void> => {
      while (counts.sent < requests) {
        counts.sent++;
        const request = random() < 0.1 ? INVALID : PREDICT;
        const bytes = requestBytes(request);
        const leaves = random() < ABORTS;
        const wire = await Wire.open(port);
        if (leaves && random() < 0.5) {
          await wire.write(bytes.subarray(0, bytes.length - 5));
          await pause(random() * 5);
        } else {
          await wire.write(bytes);
          if (leaves) await pause(random() * 10);
          else if ((await wire.response()) !== undefined) counts.answered++;
          else counts.lost++;
        }
        if (leaves) counts.left++;
        wire.leave();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    const accepted = (samples: Samples): number =>
      samples('ortolan_requests_accepted_total') - before('ortolan_requests_accepted_total');
    const finished = (samples: Samples): number =>
      samples('ortolan_requests_finished_total') - before('ortolan_requests_finished_total') - 1;
    let scrapes = 0;
    let samples: Samples;
    const from = performance.now();
    // The scrape itself is accepted, and not finished while it counts.
    await until(async () => {
      scrapes++;
      samples = await scrape(port);
      return (
        (accepted(samples) - finished(samples) === 1 && samples('ortolan_in_flight_bytes') === 0) ||
        performance.now() - from > 20_000
      );
    });
    const outcome = (name: string): number =>
      samples('ortolan_requests_finished_total', { outcome: name }) -
      before('ortolan_requests_finished_total', { outcome: name });
    say(
      JSON.stringify({
        ...counts,
        accepted: accepted(samples!),
        abandoned: outcome('abandoned'),
        dropped: samples!('ortolan_dropped_rows_total', { reason: 'abandoned' }),
        wasted: samples!('ortolan_wasted_rows_total'),
      }),
    );
    return [
      { what: 'requests', value: counts.sent },
      { what: 'of them abandoned by their clients', value: counts.left },
      { what: 'others without an answer', value: counts.lost, atMost: 0 },
      {
        what: 'sent, but not accepted',
        value: Math.abs(counts.sent + scrapes - accepted(samples!)),
        atMost: 0,
      },
      {
        what: 'accepted, but neither answered, failed nor abandoned',
        value: Math.abs(accepted(samples!) - finished(samples!) - 1),
        atMost: 0,
      },
      {
        what: 'answers that the server counts and clients do not',
        value: Math.max(0, counts.answered + scrapes - 1 - outcome('answered') - outcome('failed')),
        atMost: 0,
      },
      {
        what: 'rows dropped before they ran',
        value: samples!('ortolan_dropped_rows_total', { reason: 'abandoned' }),
      },
      { what: 'rows run for nobody', value: samples!('ortolan_wasted_rows_total') },
      {
        what: 'bytes, requests and rows still held',
        value: samples!('ortolan_in_flight_bytes') + samples!('ortolan_queue_rows'),
        atMost: 0,
      },
      { what: 'processes that ended', value: child.exitCode === null ? 0 : 1, atMost: 0 },
    ];
  },
};
