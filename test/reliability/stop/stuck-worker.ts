/** R3: a signal while a worker is in a run that never returns, by a model whose loop never ends. */
import { get, jsonOf, post, Wire } from '../../support/http-client.ts';
import type { Demand } from '../demand.ts';
import { pause } from '../scene.ts';
import { endless, FOREVER, loops } from '../../support/endless-model.ts';

const DEADLINE_MS = 2000;
const QUEUED = 20;

export const stuckWorker: Demand = {
  id: 'R3',
  title: 'SIGTERM with a stuck worker',
  demand:
    'SIGTERM while a run never returns: the process ends within its deadline with a code other than 0, what waits gets 503, and the log says once what happened',
  async run({ scene, pick }) {
    const rounds = pick(1, 3, 10);
    const worst = { lateMs: 0, unanswered: 0, clean: 0, wrongLines: 0 };
    for (let round = 0; round < rounds; round++) {
      const { port, child, ended, log } = await scene.start({
        models: scene.models({ endless: endless() }),
        options: { drainDeadlineMs: DEADLINE_MS, prefetchUnderMs: 0 },
      });
      const stuck = await Wire.open(port);
      await stuck.send({ method: 'POST', path: '/v1/predict', body: loops(FOREVER) });
      await pause(200);
      const queued = Array.from({ length: QUEUED }, () =>
        post(port, '/v1/predict', loops(1)).catch(() => undefined),
      );
      await pause(200);
      const signalled = performance.now();
      child.kill('SIGTERM');
      await pause(100);
      child.kill('SIGTERM');
      await pause(100);
      const late = jsonOf(await post(port, '/v1/predict', loops(1)));
      if (late['code'] !== 'DRAINING') worst.unanswered++;
      await get(port, '/health/live');
      const { code } = await ended;
      worst.lateMs = Math.max(worst.lateMs, performance.now() - signalled - DEADLINE_MS);
      if (code === 0) worst.clean++;
      const statuses = (await Promise.all(queued)).map((response) => response?.status);
      worst.unanswered += statuses.filter((status) => status !== 503).length;
      const said = log.filter(({ message }) => String(message).startsWith('the deadline passed'));
      worst.wrongLines = Math.max(worst.wrongLines, Math.abs(1 - said.length));
      if ((await stuck.response())?.status !== 503) worst.unanswered++;
      stuck.leave();
      await scene.end();
    }
    return [
      { what: 'stops', value: rounds },
      { what: 'end beyond the deadline', value: worst.lateMs, unit: 'ms', atMost: 500 },
      { what: 'ends with code 0', value: worst.clean, atMost: 0 },
      { what: 'running, queued or new requests without a 503', value: worst.unanswered, atMost: 0 },
      { what: 'lines of the log too many or too few', value: worst.wrongLines, atMost: 0 },
    ];
  },
};
