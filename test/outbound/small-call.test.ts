/** One call of an interface that the operator has named: bounded in size and time, and silent about secrets. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { CallError, smallCall } from '../../src/outbound/small-call.ts';

async function serving(t: Test, listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?key=secret`);
}

const LONG_MS = 60_000;

t.test('an answer of any status is given back with its text', async (t) => {
  const url = await serving(t, (_, response) => void response.writeHead(418).end('tea'));
  t.same(await smallCall({ method: 'GET', url, timeoutMs: LONG_MS }), { status: 418, text: 'tea' });
});

t.test('a redirect is not followed', async (t) => {
  const url = await serving(t, (_, response) => void response.writeHead(302, { location: '/other' }).end());
  t.match(await smallCall({ method: 'GET', url, timeoutMs: LONG_MS }), { status: 302 });
});

t.test('a server that does not answer is given up, and the address keeps its secret', async (t) => {
  const url = await serving(t, () => undefined);
  await t.rejects(
    smallCall({ method: 'GET', url, timeoutMs: 50 }),
    /^CallError: 127\.0\.0\.1:\d+ gave no answer within 50 ms$|^127\.0\.0\.1:\d+ gave no answer within 50 ms$/,
  );
});

t.test('an answer without end is cut off', async (t) => {
  const url = await serving(t, (_, response) => {
    const more = (): void => void response.write(Buffer.alloc(1024 * 1024), more);
    more();
  });
  await t.rejects(smallCall({ method: 'GET', url, timeoutMs: LONG_MS }), /sent more than 16777216 bytes/);
});

t.test('whoever stops waiting gets the reason', async (t) => {
  const stop = new AbortController();
  const url = await serving(t, () => stop.abort(new Error('enough')));
  await t.rejects(smallCall({ method: 'GET', url, timeoutMs: LONG_MS, signal: stop.signal }), /^enough$/);
});

t.test('nobody there is one error with the reason', async (t) => {
  const asked = smallCall({
    method: 'GET',
    url: new URL('http://127.0.0.1:1/x?key=secret'),
    timeoutMs: LONG_MS,
  });
  const error: unknown = await asked.catch((reason: unknown) => reason);
  t.ok(error instanceof CallError);
  t.equal((error as Error).message, '127.0.0.1:1: ECONNREFUSED');
});
