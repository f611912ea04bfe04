import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { ortolan } from './ortolan.ts';

const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;

/** A server that responds to each path with this status; closes with the test. */
async function answering(
  t: Test,
  statuses: Readonly<Record<string, number>>,
  host = '127.0.0.1',
): Promise<{ server: Server; port: number; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(statuses[url] ?? 404, { location: '/health/live' });
    response.end(JSON.stringify({ status: statuses[url] === 200 ? 'ok' : 'draining' }));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  t.teardown(() => server.close());
  return { server, port: portOf(server), asked };
}

const WELL = { '/health/live': 200, '/health/ready': 200 };
const DRAINING = { '/health/live': 200, '/health/ready': 503 };

t.test('checks the server that the options name, and exits with 0 when it is live', async (t) => {
  const { port, asked } = await answering(t, DRAINING);
  t.same(await ortolan(['health'], { ORTOLAN_PORT: String(port) }), {
    code: 0,
    out: `http://127.0.0.1:${port} is live.\n`,
    err: '',
  });
  t.strictSame(asked, ['/health/live']);
});

t.test('checks readiness with --ready, and exits with 1 when the server is not ready', async (t) => {
  const { port } = await answering(t, DRAINING);
  const { code, out, err } = await ortolan(['health', '--ready', '--port', String(port)]);
  t.equal(code, 1);
  t.equal(out, '');
  t.equal(err, `ortolan: http://127.0.0.1:${port} is not ready: 503 {"status":"draining"}\n`);
});

t.test('reaches a server that listens on all addresses', async (t) => {
  const { port } = await answering(t, WELL, '0.0.0.0');
  const { code, out } = await ortolan(['health', '--ready'], {
    ORTOLAN_HOST: '0.0.0.0',
    ORTOLAN_PORT: String(port),
  });
  t.equal(code, 0);
  t.equal(out, `http://127.0.0.1:${port} is ready.\n`);
});

t.test('reaches an IPv6 address', async (t) => {
  const { port } = await answering(t, WELL, '::1');
  for (const host of ['::', '::1']) {
    const { code, out } = await ortolan(['health', '--host', host, '--port', String(port)]);
    t.equal(code, 0, host);
    t.equal(out, `http://[::1]:${port} is live.\n`);
  }
});

t.test('takes an address with a path, as behind a proxy', async (t) => {
  const { port, asked } = await answering(t, { '/models/health/live': 200 });
  t.equal((await ortolan(['health', '--url', `http://127.0.0.1:${port}/models`])).code, 0);
  t.strictSame(asked, ['/models/health/live']);
});

t.test('follows no redirect, because it would check another server', async (t) => {
  const { port } = await answering(t, { '/health/live': 302 });
  t.match(await ortolan(['health', '--port', String(port)]), { code: 1, err: /is not live: 302/ });
});

t.test('reports an unreachable server in a sentence, with exit code 1', async (t) => {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  t.same(await ortolan(['health', '--port', String(port)]), {
    code: 1,
    out: '',
    err: `ortolan: http://127.0.0.1:${port} cannot be reached (ECONNREFUSED).\n`,
  });
});

t.test('gives up on a server that accepts the connection and never responds', async (t) => {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { code, err } = await ortolan(['health', '--port', String(portOf(server))]);
  t.equal(code, 1);
  t.match(err, /cannot be reached \(no answer within 3 s\)\.\n$/);
});

t.test('refuses port 0, because the real port is unknown', async (t) => {
  t.match(await ortolan(['health'], { ORTOLAN_PORT: '0' }), { code: 2, err: /name the server by --url/ });
});
