/**
 * Requests whose length can be read in more than one way, through a real proxy: the server sees no request that the proxy has not
 * counted as one, and the next client of the same connection gets its own answer. And a connection that ends just when a
 * request is written to it, as an idle one may: the settings of bench/rollout lose nothing.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import t from 'tap';
import { PROXIES, proxyVersion, startProxy } from '../../bench/rollout/proxy.ts';
import type { Handler } from '../../src/http/route.ts';
import { get, post, until, Wire } from '../support/http-client.ts';
import { echo, listen, say } from '../http/fixtures/app.ts';

const HEAD = 'POST /v1/predict HTTP/1.1\r\nHost: a\r\n';
const HIDDEN = 'GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n';
const CHUNKED = 'Transfer-Encoding: chunked';
const LENGTH = `Content-Length: ${HIDDEN.length}`;

/** Each ends, for one of both readers, before HIDDEN. */
const SHAPES: Readonly<Record<string, string>> = {
  'CL.TE': `${HEAD}Content-Length: ${5 + HIDDEN.length}\r\n${CHUNKED}\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'TE.CL': `${HEAD}${CHUNKED}\r\nContent-Length: 4\r\n\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
  'two lengths': `${HEAD}Content-Length: 0\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'a list of lengths': `${HEAD}Content-Length: 0, ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a length with a sign': `${HEAD}Content-Length: +${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a space before the colon': `${HEAD}Transfer-Encoding : chunked\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'an unknown coding': `${HEAD}Transfer-Encoding: xchunked\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'two codings': `${HEAD}${CHUNKED}\r\nTransfer-Encoding: identity\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'a coding behind a vertical tab': `${HEAD}Transfer-Encoding: \x0bchunked\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'a coding in a folded line': `${HEAD}Transfer-Encoding:\r\n chunked\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'LF alone': `${HEAD}X: a\n${CHUNKED}\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'LF alone behind a chunk': `${HEAD}${CHUNKED}\r\n\r\n1\nx\n0\n\n${HIDDEN}`,
  'a chunk extension with LF': `${HEAD}${CHUNKED}\r\n\r\n1;\nx\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  'a chunk extension': `${HEAD}${CHUNKED}\r\n\r\n1;a=b\r\nx\r\n0\r\n\r\n${HIDDEN}`,
  'a trailer': `${HEAD}${CHUNKED}\r\n\r\n1\r\nx\r\n0\r\nContent-Length: 5\r\n\r\n${HIDDEN}`,
  'a NUL in a name': `${HEAD}Transfer\0-Encoding: chunked\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'a body of a GET': `GET /health/live HTTP/1.1\r\nHost: a\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'an absolute form': `POST http://b/v1/predict HTTP/1.1\r\nHost: a\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
  'an upgrade to HTTP/2': `${HEAD}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n${LENGTH}\r\n\r\n${HIDDEN}`,
};

t.setTimeout(0);

for (const name of PROXIES) {
  const skip =
    proxyVersion(name) === undefined
      ? `NOT TRIED: ${name} is not on this machine (apt-get install ${name})`
      : false;

  t.test(`nothing is smuggled through ${name}`, { skip, timeout: 0 }, async (t) => {
    let served = 0;
    const counted = (handler: Handler): Handler => {
      return (exchange) => {
        served++;
        return handler(exchange);
      };
    };
    const { port } = listen(
      t,
      {
        predict: counted(echo),
        models: counted(say('models')),
        live: counted(say('live')),
        ready: say('ready'),
      },
      { maxTimeoutMs: 20_000 },
    );
    const proxy = await startProxy(name, [`127.0.0.1:${port}`]);
    t.teardown(() => proxy.stop());
    const front = Number(new URL(proxy.origin).port);
    await until(async () => (await get(front, '/health/ready')).status === 200);
    for (const [shape, bytes] of Object.entries(SHAPES)) {
      served = 0;
      const wire = await Wire.open(front);
      await wire.write(Buffer.from(bytes, 'latin1'));
      await quiet(wire);
      const victim = await post(front, '/v1/predict', `the victim of ${shape}`);
      wire.leave();
      const answers = wire.unread.split('HTTP/1.1 ').length - 1;
      t.equal(
        victim.body.toString(),
        `the victim of ${shape}`,
        `${shape}: the next client has its own answer`,
      );
      t.ok(served - 1 <= answers, `${shape}: ${served - 1} requests of ${answers} answers`);
    }
  });

  t.test(
    `a connection that ends under a request is no error behind ${name}`,
    { skip, timeout: 0 },
    async (t) => {
      const port = await endsUnderTheSecond(t);
      const proxy = await startProxy(name, [`127.0.0.1:${port}`]);
      t.teardown(() => proxy.stop());
      const front = Number(new URL(proxy.origin).port);
      await until(async () => (await get(front, '/')).status === 200);
      for (let i = 0; i < 10; i++) {
        const [one, two] = [await get(front, '/'), await post(front, '/', 'x'.repeat(100_000))];
        t.strictSame([one.status, two.status], [200, 200]);
      }
    },
  );
}

/** Resolves when no more comes, for a while. */
async function quiet(wire: Wire): Promise<void> {
  let [seen, times, closed] = ['', 0, false];
  void wire.closed.then(() => (closed = true));
  await until(() => {
    times = wire.unread === seen ? times + 1 : 0;
    seen = wire.unread;
    return closed || times > (seen === '' ? 300 : 40);
  });
}

/** A server that closes a connection when a second request comes on it, unread, as one does whose idle time is over. */
async function endsUnderTheSecond(t: { teardown: (fn: () => void) => void }): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    let answered = false;
    let length = 0;
    let [head, read] = ['', 0];
    socket.on('data', (data) => {
      if (answered) return void socket.resetAndDestroy();
      if (!head.includes('\r\n\r\n')) {
        head += data.toString('latin1');
        if (!head.includes('\r\n\r\n')) return;
        length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        read = head.length - head.indexOf('\r\n\r\n') - 4;
      } else read += data.length;
      if (read < length) return;
      answered = true;
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
