/** Requests over keep-alive connections, to correct and to faulty servers. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { Connections, requestOf, type Ending } from '../../../bench/generator/connections.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
const BYTES = requestOf(new URL('http://127.0.0.1:1/'), {}, Buffer.from('body'));

/** A server with this request handler, and its number of connections. */
async function serve(
  t: Pick<Test, 'teardown'>,
  onRequest: (socket: Socket, connection: number) => void,
): Promise<{ connections: Connections; seen: () => number }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const own = ++count;
    sockets.add(socket);
    socket.on('data', () => onRequest(socket, own));
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connections = new Connections(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`));
  t.teardown(() => {
    connections.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { connections, seen: () => count };
}

const send = (connections: Connections): Promise<Ending> =>
  new Promise((resolve) => void connections.send(BYTES, resolve));

t.test('a request carries its head and its body', async (t) => {
  const text = requestOf(
    new URL('http://a:1/p?q=1'),
    { 'content-type': 'x/y' },
    Buffer.from('body'),
  ).toString();
  t.equal(text, 'POST /p?q=1 HTTP/1.1\r\nhost: a:1\r\ncontent-length: 4\r\ncontent-type: x/y\r\n\r\nbody');
});

t.test('consecutive requests share a connection; concurrent ones have their own', async (t) => {
  const { connections, seen } = await serve(t, (socket) => socket.write(ANSWER));
  t.equal(await send(connections), 200);
  t.equal(await send(connections), 200);
  t.equal(seen(), 1);
  t.same(await Promise.all([send(connections), send(connections), send(connections)]), [200, 200, 200]);
  t.equal(seen(), 3);
});

t.test('a request to a connection that the server closes meanwhile is sent again', async (t) => {
  let requests = 0;
  const { connections, seen } = await serve(t, (socket) => {
    if (++requests === 2) socket.destroy();
    else socket.write(ANSWER);
  });
  t.equal(await send(connections), 200);
  t.equal(await send(connections), 200);
  t.equal(seen(), 2);
});

t.test('a server that closes new connections without an answer has failed', async (t) => {
  const { connections, seen } = await serve(t, (socket) => socket.destroy());
  t.equal(await send(connections), 'closed early');
  t.equal(seen(), 1);
});

t.test('without a listener there is no connection', async (t) => {
  const connections = new Connections(new URL('http://127.0.0.1:1/'));
  t.equal(await send(connections), 'no connection');
});

t.test('a request that is abandoned twice ends once', async (t) => {
  const { connections } = await serve(t, () => undefined);
  const endings: Ending[] = [];
  const leave = connections.send(BYTES, (ending) => void endings.push(ending));
  leave('aborted');
  leave('time-out');
  t.same(endings, ['aborted']);
});
