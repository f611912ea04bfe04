/** Limits that replicas share through Redis, and what they do without it. Needs redis-server. */
import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import type { Config } from '../../src/config/schema.ts';
import { get, scrape, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { REDIS_SERVER, startRedis } from '../support/redis.ts';
import { startServer, stopNow, type Running } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const skip = REDIS_SERVER === undefined ? 'there is no redis-server' : false;
const models = modelRepository(t, { net: affine() });
/** A busy machine is late, and these tests are about what is decided. */
const PATIENT_MS = 1000;

async function replica(t: Test, redisPort: number, options: Partial<Config> = {}): Promise<Running> {
  return startServer(t, {
    models,
    options: {
      rateLimitRedisUrl: `redis://127.0.0.1:${redisPort}`,
      rateLimitRedisTimeoutMs: PATIENT_MS,
      rateLimitReplicas: 2,
      rateLimit: '6/d',
      ...options,
    },
  });
}

const isShared = async ({ port }: Running): Promise<number> =>
  (await scrapeUnlimited(port))('ortolan_limits_shared', { store: 'redis' });

/** The scrapes of these tests come from another address than their requests. */
const PROXIED = { trustedProxies: ['127.0.0.1'] };
const scrapeUnlimited = (port: number) => scrape(port);
const askAs = async ({ port }: Running, address: string): Promise<number> =>
  (await get(port, '/v1/models', { 'x-forwarded-for': address })).status;

const statuses = async (servers: readonly Running[], address: string, count: number): Promise<number[]> => {
  const all: number[] = [];
  for (let request = 0; request < count; request++)
    all.push(await askAs(servers[request % servers.length]!, address));
  return all;
};
const okOf = (all: readonly number[]): number => all.filter((status) => status === 200).length;

/** Scrapes count too: their address has its own limit, high enough. */
const SHARED: Partial<Config> = { ...PROXIED, rateLimit: '6/d', rateLimitBurst: 6 };

t.test('two servers share one limit, and a restart does not reset it', { skip }, async (t) => {
  const redis = await startRedis(t);
  const one = await replica(t, redis.port, SHARED);
  const two = await replica(t, redis.port, SHARED);
  await until(() =>
    [one, two].every(({ log }) => log.some((line) => line['message'] === 'limits of callers are shared')),
  );
  t.equal(okOf(await statuses([one, two], '192.0.2.1', 12)), 6);
  t.equal(okOf(await statuses([one, two], '192.0.2.2', 12)), 6, 'another caller');
  await stopNow(one.server);
  const again = await replica(t, redis.port, SHARED);
  await until(() => again.log.some((line) => line['message'] === 'limits of callers are shared'));
  t.equal(await askAs(again, '192.0.2.1'), 429);
  const refused = await get(again.port, '/v1/models', { 'x-forwarded-for': '192.0.2.1' });
  t.match(refused.headers.get('ratelimit'), /^"rate";r=0;t=14\d\d\d$/);
});

t.test('a caller that is refused is not asked about again and again', { skip }, async (t) => {
  const redis = await startRedis(t);
  const one = await replica(t, redis.port, SHARED);
  await until(() => one.log.some((line) => line['message'] === 'limits of callers are shared'));
  await statuses([one], '192.0.2.1', 7);
  const calls = async () =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.ask('INFO', 'commandstats'))![1]);
  const before = await calls();
  t.equal(okOf(await statuses([one], '192.0.2.1', 50)), 0);
  t.equal(await calls(), before);
});

t.test('without Redis each replica enforces its share, and shares again by itself', { skip }, async (t) => {
  const redis = await startRedis(t);
  const options = { ...SHARED, rateLimit: '1000/d', rateLimitBurst: 6 };
  const servers = [await replica(t, redis.port, options), await replica(t, redis.port, options)];
  for (const server of servers) await until(async () => (await isShared(server)) === 1);
  await redis.kill();
  for (const server of servers) {
    await until(() =>
      server.log.some((line) => String(line['message']).startsWith('limits of callers are not shared')),
    );
    t.equal(okOf(await statuses([server], '192.0.2.1', 8)), 3, 'half of six');
    t.equal(await isShared(server), 0);
    t.ok((await scrape(server.port))('ortolan_limits_alone_total') >= 8);
  }
  await startRedis(t, { port: redis.port });
  for (const server of servers) await until(async () => (await isShared(server)) === 1);
  t.equal(okOf(await statuses(servers, '192.0.2.1', 12)), 6);
  for (const { log } of servers)
    t.equal(
      log.filter((line) => String(line['message']).startsWith('limits of callers are not')).length,
      1,
      'one line',
    );
});

t.test('a Redis that is stopped delays the first requests only', { skip }, async (t) => {
  const redis = await startRedis(t);
  const server = await replica(t, redis.port, { ...SHARED, rateLimit: '1000/d', rateLimitBurst: 200 });
  await until(async () => (await isShared(server)) === 1);
  redis.child.kill('SIGSTOP');
  const startedAt = performance.now();
  const all = await statuses([server], '192.0.2.1', 40);
  t.equal(okOf(all), 40);
  const waits = (performance.now() - startedAt) / PATIENT_MS;
  t.ok(waits < 20, `40 requests waited ${waits.toFixed(1)} times as long as one may`);
  t.equal(await isShared(server), 0);
  redis.child.kill('SIGCONT');
  await until(async () => (await isShared(server)) === 1);
  t.equal(await askAs(server, '192.0.2.1'), 200);
});

t.test(
  'a Redis that loses its scripts, or may not be written to, is noticed and used again',
  { skip },
  async (t) => {
    const redis = await startRedis(t);
    const server = await replica(t, redis.port, { ...SHARED, rateLimit: '1000/d', rateLimitBurst: 1000 });
    await until(async () => (await isShared(server)) === 1);
    await redis.ask('SCRIPT', 'FLUSH');
    t.equal(await askAs(server, '192.0.2.1'), 200);
    await until(async () => (await isShared(server)) === 1);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1');
    t.equal(await askAs(server, '192.0.2.1'), 200);
    await until(async () => (await isShared(server)) === 0);
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0');
    await until(async () => (await isShared(server)) === 1);
  },
);

t.test('the password is used, and is shown nowhere when it is wrong', { skip }, async (t) => {
  const redis = await startRedis(t, { args: ['--requirepass', 'planted-secret'] });
  const right = await replica(t, redis.port, {
    ...SHARED,
    rateLimitRedisUrl: `redis://:planted-secret@127.0.0.1:${redis.port}/1`,
  });
  await until(async () => (await isShared(right)) === 1);
  const wrong = await replica(t, redis.port, {
    ...SHARED,
    rateLimitRedisUrl: `redis://:planted-mistake@127.0.0.1:${redis.port}/1`,
  });
  await until(() =>
    wrong.log.some((line) => String(line['message']).startsWith('limits of callers are not')),
  );
  t.equal(okOf(await statuses([wrong], '192.0.2.1', 6)), 3);
  const output = JSON.stringify([right.log, wrong.log]);
  t.notMatch(output, /planted/);
  t.match(output, /WRONGPASS|NOAUTH/);
});

t.test(
  'another address in the file is used without a restart, and one that is wrong is not',
  { skip },
  async (t) => {
    const [one, two] = [await startRedis(t), await startRedis(t)];
    const folder = t.testdir({ url: '' });
    const file = join(folder, 'url');
    writeFileSync(file, `redis://127.0.0.1:${one.port}`, { mode: 0o600 });
    chmodSync(file, 0o600);
    const server = await replica(t, one.port, { ...SHARED, rateLimitRedisUrlFile: file });
    await until(async () => (await isShared(server)) === 1);
    writeFileSync(file, 'planted-mistake');
    await until(() => server.log.some((line) => String(line['message']).endsWith('could not be read again')));
    t.notMatch(JSON.stringify(server.log), /planted/);
    t.equal(await isShared(server), 1);
    writeFileSync(file, `redis://127.0.0.1:${two.port}/`);
    await until(() => server.log.some((line) => String(line['message']).endsWith('was read again')));
    await until(async () => (await isShared(server)) === 1);
    await askAs(server, '192.0.2.1');
    await until(async () => (await two.ask('KEYS', '*192.0.2.1*')).includes('192.0.2.1'));
    await one.kill();
    t.equal(okOf(await statuses([server], '192.0.2.1', 5)), 5, 'nobody misses the other one');
  },
);

const SPEAKERS: Readonly<Record<string, (socket: Socket) => void>> = {
  'says nothing': () => undefined,
  'hangs up': (socket) => void socket.destroy(),
  'says OK to everything': (socket) => void socket.on('data', () => void socket.write('+OK\r\n+OK\r\n')),
  'answers other numbers': (socket) =>
    void socket.on('data', () => void socket.write('*6\r\n:9\r\n:-1\r\n:0\r\n:0\r\n:0\r\n:0\r\n')),
  'answers noise': (socket) => void socket.on('data', () => void socket.write(randomBytes(64))),
  'speaks HTTP': (socket) =>
    void socket.on('data', () => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'announces a gigabyte': (socket) => void socket.on('data', () => void socket.write('$1000000000\r\nx')),
  'begins an endless list': (socket) =>
    void socket.on('data', () => void socket.write('*1000000\r\n'.repeat(50))),
};

for (const [title, speak] of Object.entries(SPEAKERS)) {
  t.test(`what ${title} is no Redis, and the share is enforced`, async (t) => {
    const sockets = new Set<Socket>();
    const impostor = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      speak(socket);
    }).listen(0, '127.0.0.1');
    await once(impostor, 'listening');
    t.teardown(() => {
      for (const socket of sockets) socket.destroy();
      impostor.close();
    });
    const server = await replica(t, (impostor.address() as AddressInfo).port, {
      ...SHARED,
      rateLimitRedisTimeoutMs: 10,
    });
    t.equal(okOf(await statuses([server], '192.0.2.1', 8)), 3);
    await until(() =>
      server.log.some((line) => String(line['message']).startsWith('limits of callers are not')),
    );
    t.equal(await isShared(server), 0);
  });
}
