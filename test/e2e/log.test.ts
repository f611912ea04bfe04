/** The log of a real process: every line is JSON for any input, contains no secret, and the level can be changed. */
import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { faultOf, get, jsonOf, post, send, until, type WireRequest } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { portOf, startProcess, type LogLine, type RunningProcess } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';
import type { Config } from '../../src/config/schema.ts';

const models = modelRepository(t, { affine: affine(), brightness: brightness() });
const options: Partial<Config> = { defaultModel: 'brightness', logLevel: 'INFO' };

const SECRET = 'hunter2-tOpSeCrEt';
const image = plain([0, 0, 255]);
const predict: WireRequest = { method: 'POST', path: '/v1/predict', body: image };
const json = (body: unknown): WireRequest => ({
  ...predict,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const multipart = `--b\r\ncontent-disposition: form-data; name="${SECRET}"\r\n\r\n${SECRET}\r\n--b--`;

/** Bad requests of every kind, with a secret in every place that may hold one. */
const BAD: readonly WireRequest[] = [
  {
    ...predict,
    headers: { authorization: `Bearer ${SECRET}`, cookie: `session=${SECRET}`, 'x-api-key': SECRET },
  },
  { ...predict, path: `/v1/predict?token=${SECRET}` },
  { ...predict, path: `/v1/predict?top_k=${SECRET}` },
  { path: `/v1/models?key=${SECRET}` },
  { path: `/nope/${SECRET}?sig=${SECRET}` },
  { ...predict, body: SECRET },
  { ...json({}), body: `{"image": "${SECRET}` },
  { ...json({}), body: Buffer.from([0x7b, 0xff, 0xfe, 0x00]) },
  json({ image: SECRET }),
  json({ password: SECRET }),
  json({ image: 5, top_k: SECRET }),
  json({ url: `http://user:${SECRET}@127.0.0.1/cat.jpg` }),
  json({ url: `http://127.0.0.1/${SECRET}.jpg?sig=${SECRET}` }),
  json({ url: `http://127.0.0.1:1/${SECRET}.jpg?sig=${SECRET}` }),
  json({ url: `gopher://${SECRET}` }),
  json({ images: [`http://user:${SECRET}@127.0.0.1:1/`, image.toString('base64')] }),
  { ...predict, body: multipart, headers: { 'content-type': 'multipart/form-data; boundary=b' } },
  { ...predict, headers: { 'content-type': `text/${SECRET}` } },
  { ...predict, headers: { 'x-request-timeout-ms': SECRET } },
  { ...predict, path: '/v1/models/affine/predict', body: SECRET },
];

/** Text that would end a line, begin another, forge a field or take over a terminal. */
const EVIL = '"},\n{"level":"CRITICAL","message":"forged"}\r\n\u001b[2J\u009b31m\u202e\u2028\u0000\\';
const encoded = encodeURIComponent(EVIL);
const HOSTILE: readonly WireRequest[] = [
  { ...predict, path: `/v1/models/${encoded}/predict` },
  { ...predict, path: `/v1/models/brightness/versions/${encoded}/predict` },
  { path: `/v1/models/${encoded}` },
  { ...predict, path: `/v1/models/${'x'.repeat(3000)}/predict` },
  { ...predict, path: '/v1/models/%ff%fe/predict' },
  { ...predict, headers: { 'x-request-id': '"},{"level":"CRITICAL"' } },
  { ...predict, headers: { 'x-request-id': 'x'.repeat(2000) } },
  { ...predict, method: 'FORGED"}' },
  json({ [EVIL]: 1 }),
];

async function started(
  t: Tap,
  more: Partial<Config> = {},
): Promise<RunningProcess & { readonly port: number }> {
  const running = startProcess(t, { models, options: { ...options, ...more } });
  return { ...running, port: await portOf(running) };
}
type Tap = Parameters<typeof startProcess>[0];

const requestLines = (log: readonly LogLine[]): readonly LogLine[] =>
  log.filter(({ status }) => status !== undefined);

t.test('under load with bad input every line is JSON with its fields, and no secret is in any', async (t) => {
  // The test support parses each line as it arrives, and fails the test if one is not JSON.
  const { port, log, stderr } = await started(t, { urlAllow: ['127.0.0.1:1'], logMaxPerSecond: 1_000_000 });
  const all = [...BAD, ...HOSTILE, predict];
  const rounds = 20;
  for (let round = 0; round < rounds; round++) {
    // The server does not respond to a method that is not a token.
    await Promise.all(all.map((request) => send(port, request).catch(() => undefined)));
  }
  await send(port, { ...predict, headers: { 'x-request-id': 'the-last-one' } });
  await until(() => log.some((line) => line['request_id'] === 'the-last-one'));
  t.ok(requestLines(log).length > rounds * (all.length - 3), `${requestLines(log).length} lines`);
  for (const line of log) {
    const { timestamp, level, message } = line;
    const id = line['request_id'] as string | undefined;
    if (!/^\d{4}-.*Z$/.test(String(timestamp))) t.fail('no timestamp', { line });
    if (!['INFO', 'WARNING'].includes(String(level))) t.fail('a level that nothing here has', { line });
    if (typeof message !== 'string' || message === 'forged') t.fail('no message of ours', { line });
    if (id !== undefined && !/^[\w.-]{1,64}$/.test(id)) t.fail('no request id', { line });
    const text = JSON.stringify(line);
    if (text.includes(SECRET)) t.fail('a secret', { line });
    if (text.length > 1000) t.fail('a line as long as its client likes', { line });
    if (Object.values(line).some((value) => /[\p{Cc}\p{Cf}\p{Zl}]/u.test(String(value)))) {
      t.fail('a control character', { line });
    }
  }
  t.notMatch(stderr(), SECRET);
});

t.test('successes are sampled in the log and the rest counted; failures are all logged', async (t) => {
  const { port, log } = await started(t, { logMaxPerSecond: 1 });
  for (let round = 0; round < 20; round++) {
    await Promise.all([send(port, predict), post(port, '/v1/predict', 'no image')]);
  }
  await until(() => requestLines(log).filter(({ status }) => status === 400).length === 20);
  const counted = (): number =>
    requestLines(log)
      .filter(({ status }) => status === 200)
      .reduce((sum, line) => sum + 1 + Number(line['suppressed'] ?? 0), 0);
  // Eventually one is logged again, with the count of those suppressed before it.
  let sent = 20;
  await until(async () => {
    sent++;
    await send(port, predict);
    return counted() >= 21;
  });
  t.ok(counted() <= sent);
  t.ok(requestLines(log).some(({ suppressed }) => Number(suppressed) > 0));
});

t.test('SIGUSR2 turns DEBUG on and off again', async (t) => {
  const { port, log, child } = await started(t);
  const probes = (): number =>
    log.filter(({ level, route }) => level === 'DEBUG' && route === '/health').length;
  const changes = (): typeof log => log.filter(({ message }) => message === 'log level changed');
  await get(port, '/health');
  child.kill('SIGUSR2');
  await until(() => changes().length === 1);
  t.match(changes()[0], { level: 'INFO', by: 'SIGUSR2', before: 'INFO', now: 'DEBUG' });
  await get(port, '/health');
  await until(() => probes() > 0);
  t.equal(probes(), 1, 'the first was not logged');
  await sleep(150); // Two within 100 ms are taken for one that was sent to the server and to its supervisor.
  child.kill('SIGUSR2');
  await until(() => changes().length === 2);
  await get(port, '/health');
  await send(port, predict);
  await until(() => requestLines(log).some(({ route }) => route === '/v1/predict'));
  t.equal(probes(), 1);
});

const INSPECTOR = 9229;
const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const taken = (await listens(INSPECTOR)) ? { skip: `somebody else listens on port ${INSPECTOR}` } : {};

t.test('SIGUSR1 opens no inspector and ends nothing', taken, async (t) => {
  const { port, child, log, stderr } = await started(t);
  child.kill('SIGUSR1');
  child.kill('SIGUSR2');
  await until(() => log.some(({ message }) => message === 'log level changed'));
  t.equal((await get(port, '/health')).status, 200);
  t.notOk(await listens(INSPECTOR));
  t.notMatch(stderr(), /Debugger/);
});

const setLevel = (port: number, level: string, headers = {}, host?: string) =>
  send(port, { method: 'PUT', path: `/debug/log-level?level=${level}`, headers }, host);

t.test('the route for the log level does not exist unless it is enabled', async (t) => {
  const { port, log } = await started(t);
  t.strictSame(faultOf(await setLevel(port, 'DEBUG')), [404, 'ROUTE_NOT_FOUND']);
  t.strictSame(faultOf(await get(port, '/debug/log-level')), [404, 'ROUTE_NOT_FOUND'], 'by any method');
  await post(port, '/v1/predict', 'no image');
  await until(() => log.some(({ code }) => code === 'NOT_AN_IMAGE'));
  t.notOk(log.some(({ level }) => level === 'DEBUG'));
});

const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

t.test('when enabled, the log level route responds only to requests over the loopback address', async (t) => {
  const { port, log } = await started(t, { logLevelRoute: 'loopback', host: '0.0.0.0' });
  const changed = await setLevel(port, 'DEBUG');
  t.strictSame([changed.status, jsonOf(changed)], [200, { level: 'DEBUG', before: 'INFO' }]);
  await until(() => log.some(({ message, now }) => message === 'log level changed' && now === 'DEBUG'));
  t.strictSame(faultOf(await setLevel(port, 'LOUD')), [400, 'BAD_QUERY']);
  const page = await setLevel(port, 'INFO', { origin: 'http://127.0.0.1' });
  t.strictSame(faultOf(page), [404, 'ROUTE_NOT_FOUND'], 'a page in a browser');
  t.strictSame(faultOf(await get(port, '/debug/log-level')), [405, 'METHOD_NOT_ALLOWED']);
  await t.test(
    'from an address of the network',
    outside === undefined ? { skip: 'this machine has no address but loopback' } : {},
    async (t) => {
      for (const headers of [
        {},
        { 'x-forwarded-for': '127.0.0.1' },
        { 'x-real-ip': '127.0.0.1', forwarded: 'for=127.0.0.1' },
      ]) {
        const refused = await setLevel(port, 'ERROR', headers, outside);
        t.strictSame(faultOf(refused), [404, 'ROUTE_NOT_FOUND']);
      }
    },
  );
});
