/** The example of docs/features.md with a real `feast serve` in place of its file: values, statuses, ages, outage and return. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { environmentOf, told } from '../../src/python/environment.ts';
import { unlessLacking } from '../clients/program.ts';
import { EXAMPLE } from '../docs/features-example.ts';
import { testFolder } from '../support/api-keys.ts';
import { send, until } from '../support/http-client.ts';
import { startServer } from '../support/start-server.ts';

// Packages are installed the first time, half a gigabyte.
t.setTimeout(0);

const HERE = import.meta.dirname;
const { value: bin, skip } = await unlessLacking(() =>
  environmentOf(join(HERE, 'pinned'), 'feast', ['3.11', '3.12']),
);
const QUIET = { ...process.env, FEAST_USAGE: 'False', PYTHONDONTWRITEBYTECODE: '1' };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A feature repository with three drivers. */
async function repository(t: Test): Promise<string> {
  const folder = testFolder(t);
  const version = await told(join(bin!, 'python'), [join(HERE, 'with-feast/prepare.py'), folder], {
    env: QUIET,
  });
  t.comment(`Feast ${version.trim().split('\n').at(-1)}`);
  return folder;
}

/** `feast serve`, when it answers. It runs in a group of its own, which goes with the test. */
async function serve(t: Test, folder: string, port: number): Promise<ChildProcess> {
  const args = ['-c', folder, 'serve', '--host', '127.0.0.1', '--port', String(port), '--no-access-log'];
  const child = spawn(join(bin!, 'feast'), args, { env: QUIET, stdio: 'ignore', detached: true });
  t.teardown(() => stop(child));
  await until(
    async () => (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok === true,
  );
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  process.kill(-child.pid!, 'SIGKILL');
  await closed;
}

/** The example, with Feast as its store. */
function exampleWith(t: Test, features: object): string {
  const models = testFolder(t);
  cpSync(EXAMPLE, models, { recursive: true });
  const file = join(models, 'trips/model.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as { features: Record<string, unknown> };
  const { file: _, ...kept } = config.features;
  writeFileSync(
    file,
    JSON.stringify({ ...config, features: { ...kept, store: 'feast', timeoutMs: 5000, ...features } }),
  );
  return models;
}

interface Answer {
  readonly outputs?: { readonly chance: readonly (readonly [number])[] };
  readonly defaulted_features?: readonly { readonly feature: string; readonly reason: string }[];
  readonly code?: string;
}

const ask = async (port: number, ...drivers: readonly number[]): Promise<Answer> => {
  const { body } = await send(port, {
    method: 'POST',
    path: '/v1/models/trips/predict',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ entities: { driver_id: drivers }, inputs: { hour: drivers.map(() => [8]) } }),
  });
  return JSON.parse(body.toString()) as Answer;
};

const metrics = async (port: number): Promise<string> =>
  (await send(port, { path: '/metrics' })).body.toString();

/** What the model says of known values. */
const chance = (rate: number, accepted: number, trips: number): number =>
  1 / (1 + Math.exp(-(3 * rate + 2 * accepted + 0.05 * trips - 0.05 * 8 - 2)));
const near = (t: Test, found: number | undefined, wanted: number, what: string): void =>
  void t.ok(found !== undefined && Math.abs(found - wanted) < 1e-5, `${what}: ${found}, ${wanted}`);

t.test('a real feast serve', { skip }, async (t) => {
  const folder = await repository(t);
  const feastPort = await freePort();
  const url = `http://127.0.0.1:${feastPort}`;
  let feast = await serve(t, folder, feastPort);
  const start = (features: object, options: Partial<Config> = {}) =>
    startServer(t, {
      models: exampleWith(t, features),
      options: { defaultModel: 'trips', featureStores: [url], ...options },
    });

  await t.test('values fill the input, however old; an unknown driver gets the defaults', async (t) => {
    const { port } = await start({});
    const { outputs, defaulted_features: defaulted } = await ask(port, 1001, 1002, 1003, 9);
    near(t, outputs?.chance[0]?.[0], chance(0.85, 0.92, 21), 'driver 1001');
    near(t, outputs?.chance[1]?.[0], chance(0.2, 0.4, 3), 'driver 1002');
    // Five days old with a ttl of two: the feature server gives what is in the online store.
    near(t, outputs?.chance[2]?.[0], chance(0.3, 0.3, 5), 'driver 1003');
    near(t, outputs?.chance[3]?.[0], chance(0.5, 0.5, 10), 'driver 9 is unknown');
    t.match(defaulted, [{ reason: 'missing', rows: [3] }, {}, {}]);
    const text = await metrics(port);
    t.match(text, /ortolan_feature_calls_total\{[^}]*outcome="ok"\} 1/);
    const age = Number(/ortolan_feature_age_seconds\{[^}]*conv_rate"\} (\S+)/.exec(text)?.[1]);
    t.ok(age >= 5 * 86_400 && age < 5.1 * 86_400, `the oldest value that was used is ${age} s old`);
  });

  await t.test('a feature service; what is older than model.json allows gets the defaults', async (t) => {
    const { port } = await start({ service: 'driver_activity', maxAgeS: 3600 });
    const { outputs, defaulted_features: defaulted } = await ask(port, 1001, 1002);
    near(t, outputs?.chance[0]?.[0], chance(0.85, 0.92, 21), 'driver 1001');
    near(t, outputs?.chance[1]?.[0], chance(0.5, 0.5, 10), 'driver 1002 is older than an hour');
    t.ok(defaulted?.every(({ reason }) => reason === 'stale'));
  });

  await t.test('many requests at the same time are few calls', async (t) => {
    const { port } = await start({});
    const drivers = [1001, 1002, 1001, 1002];
    const all = await Promise.all(Array.from({ length: 60 }, (_, at) => ask(port, drivers[at % 4]!)));
    for (const [at, { outputs }] of all.entries())
      near(
        t,
        outputs?.chance[0]?.[0],
        at % 2 === 0 ? chance(0.85, 0.92, 21) : chance(0.2, 0.4, 3),
        `request ${at}`,
      );
    const calls = Number(
      /ortolan_feature_calls_total\{[^}]*outcome="ok"\} (\d+)/.exec(await metrics(port))?.[1],
    );
    t.ok(calls < 30, `${calls} calls`);
  });

  await t.test('a text where the input takes a number, and a view that there is not', async (t) => {
    const driver = (...names: readonly string[]) => ({ features: { driver: names }, defaults: {} });
    const text = await start(
      driver('driver_stats:city', 'driver_stats:acc_rate', 'driver_stats:avg_daily_trips'),
    );
    t.match(await ask(text.port, 1001), {
      code: 'FEATURES_MISSING',
      error: /city has a value that the input/,
    });
    const unknown = await start(
      driver('nobody:rate', 'driver_stats:acc_rate', 'driver_stats:avg_daily_trips'),
    );
    t.match(await ask(unknown.port, 1001), { code: 'FEATURES_UNAVAILABLE' });
    t.match(await metrics(unknown.port), /ortolan_feature_calls_total\{[^}]*outcome="refused"\} 1/);
  });

  await t.test('it is down: defaults, then nothing is asked; it is back: its values', async (t) => {
    const { port } = await start({});
    await stop(feast);
    for (let time = 0; time < 6; time++)
      t.match((await ask(port, 1001)).defaulted_features, [{ reason: 'unavailable' }, {}, {}]);
    t.match(await metrics(port), /ortolan_feature_breaker_open\{[^}]*\} 1/);
    feast = await serve(t, folder, feastPort);
    await until(async () => (await ask(port, 1001)).defaulted_features?.length === 0);
    t.match(await metrics(port), /ortolan_feature_breaker_open\{[^}]*\} 0/);
  });
});
