/** Secrets are planted wherever one may be; nothing that the server puts out has any of them. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ortolan } from '../cli/ortolan.ts';
import { get, post, postJson, send, until } from '../support/http-client.ts';
import { startReceiver } from '../support/otlp-receiver.ts';
import { modelRepository } from '../support/model-repository.ts';
import { portOf, startProcess } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

/** Part of every secret here. */
const PLANTED = 'pLaNtEd';

function plantedFiles(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'ortolan-secrets-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const plant = (name: string, content: string, mode = 0o400): string => {
    writeFileSync(join(folder, name), content);
    chmodSync(join(folder, name), mode);
    return join(folder, name);
  };
  return { folder, plant };
}

t.test('a server that runs, is called with secrets, and cannot reach what it has secrets for', async (t) => {
  const { folder, plant } = plantedFiles(t);
  const receiver = await startReceiver(t);
  const audit = join(folder, 'audit.jsonl');
  const options = {
    defaultModel: 'net',
    tracingEndpoint: receiver.endpoint,
    tracingHeadersFile: plant('trace-headers', `authorization=Bearer%20${PLANTED}-header\n`),
    // Nobody listens there: what fails must not name the password.
    rateLimitRedisUrlFile: plant('redis-url', `redis://user:${PLANTED}-redis@127.0.0.1:1/0\n`),
    rateLimit: '1000/s',
    auditLog: audit,
    modelControl: 'explicit',
    logLevelRoute: 'loopback',
    logLevel: 'DEBUG',
  } as const;
  const running = startProcess(t, { models: modelRepository(t, { net: affine() }), options });
  const port = await portOf(running);

  const said: string[] = [];
  const note = async (
    answer: Promise<{ body: Buffer; headers: ReadonlyMap<string, string> }>,
  ): Promise<void> => {
    const { body, headers } = await answer;
    said.push(body.toString('latin1'), JSON.stringify([...headers]));
  };
  const credentials = {
    authorization: `Bearer ${PLANTED}-token`,
    'x-api-key': `ok_${PLANTED}_key`,
    cookie: `session=${PLANTED}`,
    'proxy-authorization': `Basic ${PLANTED}`,
    tracestate: `vendor=${PLANTED}`,
    'user-agent': PLANTED,
    referer: `https://example.test/?token=${PLANTED}`,
  };
  const paths = ['/health', '/metrics', '/v1/models', '/v2', '/openapi.json', '/docs', '/', '/nothing'];
  for (const path of [...paths, '/debug/live', '/debug/batches']) {
    await note(get(port, `${path}?api_key=${PLANTED}`, credentials));
    await note(get(port, path, credentials));
  }
  const rows = JSON.stringify({ inputs: { x: [[0, 0, 0, 0]] } });
  for (const body of [rows, `{"inputs":"${PLANTED}`, JSON.stringify({ unknown: PLANTED })]) {
    const headers = { ...credentials, 'content-type': 'application/json' };
    await note(send(port, { method: 'POST', path: `/v1/predict?key=${PLANTED}`, headers, body }));
    await note(send(port, { method: 'POST', path: '/v1/predict', headers, body }));
  }
  for (const url of [
    `http://user:${PLANTED}@192.0.2.1/a.jpg`,
    `https://nowhere.invalid/a.jpg?sig=${PLANTED}`,
  ]) {
    await note(postJson(port, '/v1/predict', { url }));
    await note(postJson(port, '/v1/predict', { images: [{ url }] }));
  }
  await note(
    post(port, '/v2/repository/models/net/load', JSON.stringify({ parameters: { unknown: PLANTED } })),
  );
  await note(
    send(port, { method: 'PUT', path: `/debug/log-level?level=DEBUG&key=${PLANTED}`, headers: credentials }),
  );
  await note(get(port, '/metrics'));
  await until(() => receiver.spans.length > 0);
  running.child.kill('SIGTERM');
  await running.ended;

  t.match(receiver.requests[0]?.headers.authorization, `Bearer ${PLANTED}-header`, 'it is used');
  const outputs = {
    answers: said.map(withoutEcho).join('\n'),
    log: JSON.stringify(running.log),
    stderr: running.stderr(),
    traces: JSON.stringify(receiver.spans, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
    audit: readFileSync(audit, 'utf8'),
  };
  for (const [name, text] of Object.entries(outputs)) t.notMatch(text, PLANTED, name);
  t.ok(outputs.log.length > 1000 && outputs.traces.length > 100 && outputs.audit.length > 100);
});

/** An answer may name to its own caller the field that the caller has written. */
const withoutEcho = (text: string): string =>
  text.replaceAll(new RegExp(`"(?:message|pointer|error)":"[^"]*${PLANTED}[^"]*"`, 'g'), '');

t.test('`ortolan config`, and starts that fail for a secret', async (t) => {
  const { folder, plant } = plantedFiles(t);
  const env = {
    ORTOLAN_TRACING_HEADERS: `a=${PLANTED}`,
    ORTOLAN_RATE_LIMIT_REDIS_URL: `redis://:${PLANTED}@localhost`,
  };
  const file = plant('headers', `${PLANTED} is no list`);
  const readable = plant('readable', `a=${PLANTED}`, 0o644);
  const runs: [string[], Record<string, string>, number][] = [
    [['config'], env, 0],
    [['config', '--json'], env, 0],
    [['config', '--tracing-headers', `a=${PLANTED}`], {}, 0],
    [['serve', '--tracing-headers', PLANTED], {}, 2],
    [['serve', '--tracing-headers-file', file], {}, 2],
    [['serve', '--tracing-headers-file', readable], {}, 2],
    [['serve', '--tracing-headers-file', file], env, 2],
    [['serve'], { ORTOLAN_RATE_LIMIT_REDIS_URL: `http://:${PLANTED}@localhost` }, 2],
  ];
  for (const [args, variables, expected] of runs) {
    const { code, out, err } = await ortolan(args, variables, folder);
    t.equal(code, expected, `${args.join(' ').replaceAll(PLANTED, '…')}: ${err}`);
    t.notMatch(out + err, PLANTED);
  }
});
