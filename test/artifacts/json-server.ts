/** A server that answers each request with what a test says: a text, an object as JSON, or 404 for nothing. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';

export async function jsonServer(
  t: Pick<Test, 'teardown'>,
  answer: (request: IncomingMessage) => string | object | undefined,
): Promise<string> {
  const server = createServer((request, response) => {
    const said = answer(request);
    response.writeHead(said === undefined ? 404 : 200);
    response.end(typeof said === 'string' ? said : JSON.stringify(said ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
