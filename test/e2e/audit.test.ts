/** The audit log of a whole server: who changed it and who was refused, and what becomes of it. */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ortolan } from '../cli/ortolan.ts';
import { testFolder, testKey, writeKeys } from '../support/api-keys.ts';
import { faultOf, get, post, postJson, scrape, send, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { portOf, startProcess, startServer, stopNow } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import type { Config } from '../../src/config/schema.ts';

type Entry = Readonly<Record<string, unknown>> & { readonly event: string };

const LOAD = '/v2/repository/models/net/load';
const UNLOAD = '/v2/repository/models/net/unload';

async function setup(t: Test, options: Partial<Config> = {}) {
  const models = modelRepository(t, { net: affine(), other: affine() });
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-audit-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'audit.jsonl');
  const settings = {
    models,
    options: {
      ...{ auditLog: file, modelControl: 'explicit' as const, trafficRoutes: 'loopback' as const },
      ...{ logLevelRoute: 'loopback' as const, defaultModel: 'net', ...options },
    },
  };
  const entries = (path = file): Entry[] =>
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
  return { file, settings, entries };
}

const verifyFiles = (...files: string[]) => ortolan(['audit', 'verify', ...files]);

t.test('has who changed what, what came of it, and start and stop; the chain holds', async (t) => {
  const { file, settings, entries } = await setup(t);
  const { port, server, log } = await startServer(t, settings);
  await until(() => entries().filter(({ event }) => event.startsWith('sensitive_create')).length === 2);
  await post(port, LOAD, '');
  await send(port, { method: 'PUT', path: '/debug/log-level?level=INFO' });
  await send(port, {
    method: 'PUT',
    path: '/v1/models/net/traffic',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  await post(port, UNLOAD, '');
  await post(port, '/v2/repository/models/nothing/load', '');
  await postJson(port, '/v1/models/other/predict', { inputs: { x: [[0, 0, 0, 0]] } });
  await stopNow(server);

  const all = entries();
  t.match(all[0], { event: 'sys_startup:server', seq: 1, details: { version: String } });
  t.match(all.at(-1), { event: 'sys_shutdown:server', outcome: 'done' });
  const calls = all.filter(({ event }) => event.startsWith('authz_admin:anyone'));
  const common = { actor: { kind: 'anyone' }, source_ip: '127.0.0.1', request_id: String };
  t.match(calls, [
    { ...common, route: '/v2/repository/models/:model/load', model: 'net', outcome: 'done' },
    { ...common, route: '/debug/log-level', outcome: 'done', details: { query: 'level=INFO' } },
    { ...common, method: 'PUT', route: '/v1/models/:model/traffic', model: 'net', outcome: 'done' },
    { ...common, route: '/v2/repository/models/:model/unload', model: 'net', outcome: 'done' },
    { ...common, model: 'nothing', outcome: 'failed', status: 404, code: 'MODEL_NOT_FOUND' },
  ]);
  const has = (event: string, facts: object): void =>
    void t.match(
      all.find((entry) => entry.event.startsWith(event)),
      facts,
      event,
    );
  has('sensitive_update:server,net traffic', { details: { traffic: {}, by: 'request' } });
  has('sensitive_delete:server,net/1', { model: 'net', version: '1' });
  has('authz_admin:server,log level', { details: { before: 'DEBUG', now: 'INFO' } });
  t.notOk(
    all.some(({ route }) => route === '/v1/models/:model/predict'),
    'predictions are not in it',
  );

  const { code, out } = await verifyFiles(file);
  t.equal(code, 0, out);
  const closed = log.find(({ message }) => message === 'audit log closed');
  t.match(out, `the last with the link ${String(closed!['link'])}`, 'the log has the link to compare with');
});

t.test('has who was refused, by the guard and behind it', async (t) => {
  const { settings, entries } = await setup(t, { modelControl: 'none', trafficRoutes: 'off' });
  const { port } = await startServer(t, settings);
  t.equal((await post(port, LOAD, '')).status, 403);
  t.equal((await post(port, '/v1/models/net/traffic/hold', '')).status, 404);
  const refused = entries().filter(({ outcome }) => outcome === 'refused');
  t.match(refused, [
    { event: 'authz_fail:anyone,POST /v2/repository/models/:model/load', level: 'CRITICAL', status: 403 },
    { event: /^authz_fail:anyone/, status: 404, code: 'ROUTE_NOT_FOUND' },
  ]);
  t.match((await scrape(port))('ortolan_audit_writable'), 1);
});

t.test('has which key it was, and no key', async (t) => {
  const writer = testKey(['models:write'], { name: 'writer' });
  const shop = testKey(['predict'], { name: 'shop' });
  const apiKeysFile = join(testFolder(t), 'keys.json');
  writeKeys(apiKeysFile, [writer, shop]);
  const { file, settings, entries } = await setup(t, { apiKeysFile });
  const { port } = await startServer(t, settings);
  const load = (headers: Record<string, string>) => send(port, { method: 'POST', path: LOAD, headers });
  t.equal((await load({ 'x-api-key': writer.key, 'content-length': '0' })).status, 200);
  t.equal((await load({ 'x-api-key': shop.key, 'content-length': '0' })).status, 403);
  t.equal((await load({ 'x-api-key': `${shop.key}x`, 'content-length': '0' })).status, 401);
  const calls = entries().filter(({ route }) => route !== undefined);
  t.match(calls, [
    { event: /^authz_admin:/, actor: { kind: 'key', id: String }, outcome: 'done' },
    { event: /^authz_fail:/, actor: { kind: 'key', id: String }, outcome: 'refused', status: 403 },
    { event: 'authn_login_fail:anyone', outcome: 'refused', status: 401 },
  ]);
  t.not(calls[0]!['actor'], calls[1]!['actor']);
  t.ok(entries().some(({ event }) => event === 'authz_change:server,api keys'));
  for (const { key } of [writer, shop]) t.notMatch(readFileSync(file, 'utf8'), key);
});

t.test('goes on after a rotation, and after the process was killed', async (t) => {
  const { file, settings } = await setup(t);
  const first = startProcess(t, settings);
  const port = await portOf(first);
  await post(port, LOAD, '');
  renameSync(file, `${file}.1`);
  await post(port, LOAD, '');
  first.child.kill('SIGKILL');
  await first.ended;
  const second = startProcess(t, settings);
  await portOf(second);
  second.child.kill('SIGTERM');
  await second.ended;
  const { code, out } = await verifyFiles(file, `${file}.1`);
  t.equal(code, 0, out);
  t.match(readFileSync(file, 'utf8'), '"event":"sys_crash:server"');
});

t.test(
  'where it cannot be written, changes are refused and predictions answered, if that is asked for',
  async (t) => {
    const { file, settings } = await setup(t, { auditWhenFull: 'refuse' });
    const { port, log } = await startServer(t, settings);
    // Another file cannot be made in its place.
    renameSync(file, `${file}.1`);
    mkdirSync(file);
    t.equal((await post(port, LOAD, '')).status, 200, 'the one that finds out is written down later');
    t.strictSame(faultOf(await post(port, LOAD, '')), [503, 'AUDIT_UNAVAILABLE']);
    t.equal((await postJson(port, '/v1/predict', { inputs: { x: [[0, 0, 0, 0]] } })).status, 200);
    t.equal((await scrape(port))('ortolan_audit_writable'), 0);
    t.ok(log.some(({ message }) => message === 'audit log cannot be written, its entries wait'));
    rmdirSync(file);
    t.equal((await post(port, LOAD, '')).status, 200);
    t.equal((await get(port, '/health')).status, 200);
    const { code, out } = await verifyFiles(file, `${file}.1`);
    t.equal(code, 0, out);
  },
);

t.test('its lines are among those of the log where stdout is named', async (t) => {
  const { settings } = await setup(t, { auditLog: '/dev/stdout' });
  const { port, log } = await startServer(t, settings);
  await post(port, LOAD, '');
  const entries = log.filter(({ stream }) => stream === 'audit');
  t.match(entries[0], { seq: 1, event: 'sys_startup:server' });
  t.match(entries.at(-1), { event: /^authz_admin:anyone/ });
});

t.test('a server that is to keep one does not start without', async (t) => {
  const { settings } = await setup(t, { auditLog: '/nowhere/audit.jsonl' });
  await t.rejects(startServer(t, settings), /The audit log cannot be opened: ENOENT/);
});
