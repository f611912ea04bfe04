/** The application when file descriptors run out, over real sockets. */
import t, { type Test } from 'tap';
import { ByteBudget } from '../../src/admission/budget.ts';
import { systemClock } from '../../src/clock.ts';
import { loadConfig } from '../../src/config/load.ts';
import { App } from '../../src/http/app.ts';
import { corsPolicy } from '../../src/http/headers/cors.ts';
import { fixedHeaders } from '../../src/http/headers/security.ts';
import { Descriptors } from '../../src/http/connection/descriptors.ts';
import { loadUws } from '../../src/http/addon/uws.ts';
import { until, Wire } from '../support/http-client.ts';
import { recordTelemetry } from '../support/telemetry.ts';

const { cacheDir } = loadConfig({ flags: {}, env: process.env, cwd: import.meta.dirname }).config;

/** Responds to every request with 404. */
function listen(t: Test, descriptors: Descriptors) {
  const refused: number[] = [];
  const app = new App(loadUws(cacheDir), {
    clock: systemClock,
    budget: new ByteBudget(1_000_000, systemClock),
    events: recordTelemetry().events.requests,
    routes: [],
    closesConnections: () => false,
    descriptors,
    onRefused: (connections) => refused.push(connections),
    maxTimeoutMs: 1000,
    fixedHeaders: fixedHeaders({ security: 'on', hstsSeconds: 0, server: undefined }),
    corsHeaders: corsPolicy([]),
    onRequest: () => undefined,
    guard: () => undefined,
  });
  t.teardown(() => app.close());
  return { app, refused, port: app.listen('127.0.0.1', 0) };
}

t.test('a connection beyond the limit is closed, and existing ones are served', async (t) => {
  const free = { left: 1000 };
  const descriptors = new Descriptors(0, { limit: 1000, lowestFree: () => 1000 - free.left });
  const { port, app, refused } = listen(t, descriptors);
  free.left = 100;
  const first = await Wire.open(port);
  await first.send({ path: '/' });
  t.equal((await first.response())?.headers.get('connection'), undefined);
  free.left = 0;
  const others = await Promise.all(Array.from({ length: 400 }, () => Wire.open(port)));
  await until(() => refused.length > 0);
  await others.at(-1)!.closed;
  t.ok(app.connections < 400);
  await first.send({ path: '/' });
  const answer = await first.response();
  t.equal(answer?.status, 404);
  t.equal(answer?.headers.get('connection'), 'close', 'so that other clients can connect');
  for (const wire of others) wire.leave();
});
