import t from 'tap';
import { Batches, showBatches } from '../../../src/protocol/ops/batches.ts';
import { Health, Liveness, Readiness, Startup } from '../../../src/protocol/ops/health-routes.ts';
import type { HealthFacts } from '../../../src/protocol/health.ts';
import { health, live, ready, startup } from '../../../src/protocol/ops/health.ts';
import { Live, showLive, type LiveFacts } from '../../../src/protocol/ops/live.ts';
import type { BatchRecord } from '../../../src/scheduler/recent-batches.ts';
import { classifier, version } from '../../http/fixtures/stages.ts';
import { answerOf, fits } from '../conformance.ts';

const loaded = classifier();
const broken = version('broken', undefined);
broken.unavailable('The file is not a model.');
const models = [loaded, broken, version('waiting', undefined)];

const running: BatchRecord = {
  at: 5,
  model: 'm',
  version: '1',
  worker: 0,
  rows: 2,
  width: 'narrow',
  reason: 'prefetch',
  left: 3,
  waitedMs: 1.5,
  predictedMs: 9.25,
  outcome: undefined,
  decodeMs: undefined,
  inferMs: undefined,
};

t.test('the last batches conform to their schema, for every outcome', async (t) => {
  const batches = [
    running,
    { ...running, outcome: 'done', decodeMs: 1.5, inferMs: 8 },
    ...['failure', 'cancelled', 'died'].map((outcome) => ({ ...running, outcome })),
  ];
  fits(
    t,
    Batches,
    answerOf((exchange) => showBatches(exchange, batches, 12)),
  );
});

t.test('the live state conforms to its schema, after a busy and after an idle minute', async (t) => {
  const answered = Array.from({ length: 60 }, (_, i) => i);
  const facts: LiveFacts = {
    uptimeMs: 61_234.5,
    minute: { answered, failed: 3, p50Ms: 8.25, p99Ms: 30.5 },
    saturation: 1.5,
    models: models.map(({ name, version, state }) => ({ name, version, state, queuedRows: 2 })),
    workers: [
      { state: 'ready', busy: true },
      { state: 'dead', busy: false },
    ],
  };
  const quiet = { ...facts, minute: { ...facts.minute, p50Ms: undefined, p99Ms: undefined } };
  for (const one of [facts, quiet]) {
    fits(
      t,
      Live,
      answerOf((exchange) => showLive(exchange, one)),
    );
  }
});

t.test('health conforms to its schemas, in every state of the server', async (t) => {
  for (const state of ['starting', 'ready', 'draining', 'closing', 'stopped'] as const) {
    for (const wedged of [false, true]) {
      const facts: HealthFacts = {
        state,
        defaultModel: loaded,
        models,
        warnings: [{ folder: '/models/net', reason: 'v1 is not a version' }],
        workersAlive: 2,
        workers: 2,
        poolHealthy: true,
        wedged,
      };
      fits(
        t,
        Health,
        answerOf((exchange) => health(exchange, facts)),
      );
      fits(
        t,
        Liveness,
        answerOf((exchange) => live(exchange, facts)),
      );
      fits(
        t,
        Readiness,
        answerOf((exchange) => ready(exchange, facts)),
      );
      fits(
        t,
        Startup,
        answerOf((exchange) => startup(exchange, facts)),
      );
    }
  }
});
