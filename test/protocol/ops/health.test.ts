import t from 'tap';
import type { HealthFacts } from '../../../src/protocol/health.ts';
import { health, live, ready, startup } from '../../../src/protocol/ops/health.ts';
import type { Exchange } from '../../../src/http/exchange.ts';
import { exchangeOf } from '../../http/fixtures/exchange.ts';
import { classifier, lateClassifier, version } from '../../http/fixtures/stages.ts';

const model = classifier();
const GOOD: HealthFacts = {
  state: 'ready',
  defaultModel: model,
  models: [model],
  warnings: [],
  workersAlive: 2,
  workers: 2,
  poolHealthy: true,
  wedged: false,
};

function asked(handler: (exchange: Exchange, facts: HealthFacts) => void, facts: Partial<HealthFacts> = {}) {
  const { exchange, response } = exchangeOf([], {}, 'GET');
  handler(exchange, { ...GOOD, ...facts });
  return {
    status: Number(response.status.slice(0, 3)),
    body: JSON.parse(response.body!) as Record<string, unknown>,
  };
}

const broken = version('broken', undefined);
broken.unavailable('it is broken');

/** Facts, and the expected health, liveness, readiness and start-up. */
const TABLE: Readonly<
  Record<string, readonly [Partial<HealthFacts>, string, number, number, number, number]>
> = {
  'all is well': [{}, 'ok', 200, 200, 200, 200],
  'the server starts': [{ state: 'starting' }, 'starting', 503, 200, 503, 503],
  'the server drains': [{ state: 'draining' }, 'draining', 503, 200, 503, 200],
  'the server closes': [{ state: 'closing' }, 'draining', 503, 200, 503, 200],
  'the default model is gone': [{ defaultModel: broken }, 'unavailable', 503, 200, 503, 200],
  'the default model is loaded when it is asked for': [
    { defaultModel: lateClassifier() },
    'ok',
    200,
    200,
    200,
    200,
  ],
  'no worker is alive': [{ workersAlive: 0 }, 'unavailable', 503, 200, 503, 200],
  'one worker of two is alive': [{ workersAlive: 1 }, 'ok', 200, 200, 200, 200],
  'workers die again and again': [{ poolHealthy: false }, 'unavailable', 503, 200, 503, 200],
  'a worker is wedged': [{ wedged: true }, 'unavailable', 503, 503, 503, 200],
};

for (const [name, [facts, status, ...codes]] of Object.entries(TABLE)) {
  t.test(`when ${name}, health reports ${status}`, async (t) => {
    t.equal(asked(health, facts).body['status'], status);
    t.strictSame(
      [health, live, ready, startup].map((handler) => asked(handler, facts).status),
      codes,
    );
  });
}

t.test('health names the unhealthy part', async (t) => {
  const warnings = [{ folder: '/models/net', reason: 'v1 is not a version' }];
  const { body } = asked(health, { models: [model, broken], warnings, workersAlive: 1, poolHealthy: false });
  t.strictSame(body, {
    status: 'unavailable',
    models: [
      { name: 'classifier', version: '1', state: 'ready', provider: 'cpu' },
      { name: 'broken', version: '1', state: 'unavailable', reason: 'it is broken' },
    ],
    warnings,
    workers: { alive: 1, of: 2, healthy: false, wedged: false },
  });
});
