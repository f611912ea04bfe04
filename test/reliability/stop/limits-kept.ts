/** R18: a server that is restarted under load, whose callers' limits are kept in Redis. */
import { post } from '../../support/http-client.ts';
import { REDIS_SERVER, startRedis } from '../../support/redis.ts';
import { affine } from '../../support/tiny-models.ts';
import type { Demand } from '../demand.ts';
import { stopped } from '../scene.ts';

const BODY = Buffer.from(new Float32Array(4).fill(1).buffer);
const CALLERS = 4;

export const limitsKept: Demand = {
  id: 'R18',
  title: 'Restart with limits in Redis',
  demand:
    'A server whose limits are in Redis is restarted again and again while callers ask: the limits are not reset, what is over them is refused with Retry-After, and nothing is lost',
  missing: () => (REDIS_SERVER === undefined ? 'redis-server is not on this machine' : undefined),
  async run({ scene, pick, say }) {
    const { port: redis } = await startRedis(scene);
    const starts = pick(3, 6, 30);
    const perStart = pick(40, 200);
    // Less than is asked for in all, and more than in one life of the server.
    const limit = Math.floor((starts * perStart) / 2);
    const models = scene.models({ affine: affine() });
    const statuses = new Map<number, number>();
    let unsaid = 0;
    for (let start = 0; start < starts; start++) {
      const server = await scene.start({
        models,
        env: {
          ORTOLAN_DAILY_LIMIT: String(limit),
          ORTOLAN_RATE_LIMIT_REDIS_URL: `redis://127.0.0.1:${redis}`,
          ORTOLAN_RATE_LIMIT_REDIS_TIMEOUT_MS: '1000',
        },
      });
      await Promise.all(
        Array.from({ length: CALLERS }, async () => {
          for (let count = 0; count < perStart / CALLERS; count++) {
            const { status, headers } = await post(server.port, '/v1/predict', BODY);
            statuses.set(status, (statuses.get(status) ?? 0) + 1);
            if (status === 429 && !headers.has('retry-after')) unsaid++;
          }
        }),
      );
      await stopped(server);
    }
    say(JSON.stringify(Object.fromEntries(statuses)));
    const good = statuses.get(200) ?? 0;
    const refused = statuses.get(429) ?? 0;
    return [
      { what: 'starts', value: starts },
      { what: 'requests', value: starts * perStart },
      { what: 'answered beyond the limit', value: Math.max(0, good - limit), atMost: 0 },
      { what: 'refused below the limit', value: Math.max(0, limit - good), atMost: 0 },
      { what: 'neither answered nor refused', value: starts * perStart - good - refused, atMost: 0 },
      { what: 'refusals without Retry-After', value: unsaid, atMost: 0 },
    ];
  },
};
