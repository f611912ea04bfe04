import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { startLoad, type Outcomes } from '../../../deploy/image/load.ts';

/** The outcome of one request at a server with this handler. */
async function outcomeOf(t: Test, listener: RequestListener): Promise<Outcomes> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const load = startLoad({ port, photo: Buffer.from('x'), connections: 1, requests: 1 });
  await load.done;
  return load.outcomes;
}

const NONE: Outcomes = { answered: 0, refused: 0, unreachable: 0, lost: 0 };

t.test('distinguishes the outcomes of a request', async (t) => {
  t.strictSame(await outcomeOf(t, (_, response) => void response.end()), { ...NONE, answered: 1 });
  t.strictSame(await outcomeOf(t, (_, response) => void response.writeHead(503).end()), {
    ...NONE,
    refused: 1,
  });
  t.strictSame(
    await outcomeOf(t, (_, response) => void response.destroy()),
    { ...NONE, lost: 1 },
    'no answer',
  );
  const cut: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': 10 });
    response.write('half', () => response.destroy());
  };
  t.strictSame(await outcomeOf(t, cut), { ...NONE, lost: 1 }, 'half an answer');
});

t.test('counts a missing server as unreachable, and stops', async (t) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const load = startLoad({ port, photo: Buffer.from('x'), connections: 3 });
  await load.done;
  t.strictSame(load.outcomes, { ...NONE, unreachable: 3 });
});
