import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { EventSender, headersOf, type CloudEvent } from '../../src/outbound/event-sender.ts';

const EVENT: CloudEvent = {
  ...{ id: 'r-1', type: 'org.kubeflow.serving.inference.response', source: '/ortolan/here' },
  time: '2026-12-01T11:43:12.345Z',
  extensions: { inferenceservicename: 'pets', metadata: '{"x-model-version":["1"]}' },
  contentType: 'application/json',
  body: '{"a":1}',
};

async function setup(t: Test, answer: (response: ServerResponse) => void, timeoutMs = 5000) {
  const got: { headers: IncomingHttpHeaders; body: string; url: string | undefined }[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      got.push({ headers: request.headers, body, url: request.url });
      answer(response);
    });
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/events?key=secret`);
  const headers = () => ({ authorization: 'Bearer secret' });
  const sender = new EventSender({ url, headers, timeoutMs, connections: 2 });
  t.teardown(async () => {
    await sender.close();
    server.closeAllConnections();
    server.close();
  });
  return { sender, got, connections: () => connections, url };
}

t.test('attributes are headers, the body is the data as it is, and connections are kept', async (t) => {
  const { sender, got, connections } = await setup(t, (response) => response.writeHead(202).end('taken'));
  for (let i = 0; i < 5; i++) t.strictSame(await sender.send(EVENT), { kind: 'taken' });
  const { headers, body, url } = got[0]!;
  t.match(headers, {
    ...{ 'ce-specversion': '1.0', 'ce-id': 'r-1', 'ce-source': '/ortolan/here' },
    ...{ 'ce-type': EVENT.type, 'ce-time': EVENT.time, 'ce-inferenceservicename': 'pets' },
    ...{ 'content-type': 'application/json', authorization: 'Bearer secret' },
  });
  t.equal(body, EVENT.body);
  t.equal(url, '/events?key=secret');
  t.ok(connections() <= 2, `${connections()} connections`);
});

t.test('what no header may hold is percent-encoded, so that none ends a header', async (t) => {
  const extensions = { name: 'Grün "a"\r\nb 50%' };
  t.equal(headersOf({ ...EVENT, extensions })['ce-name'], 'Gr%C3%BCn "a"%0D%0Ab 50%25');
});

t.test(
  'a receiver that is not able to take it now may later; one that refuses is not asked again',
  async (t) => {
    let status = 503;
    const { sender, url } = await setup(t, (response) => response.writeHead(status).end());
    t.strictSame(await sender.send(EVENT), { kind: 'failed', reason: `${url.host} answered 503` });
    status = 429;
    t.match(await sender.send(EVENT), { kind: 'failed' });
    for (status of [400, 302]) t.match(await sender.send(EVENT), { kind: 'refused' });
  },
);

t.test(
  'a receiver that does not answer, or is not there, fails within its time, and no secret is named',
  async (t) => {
    const { sender } = await setup(t, () => undefined, 50);
    const late = await sender.send(EVENT);
    t.match(late, { kind: 'failed', reason: /no answer within 50 ms$/ });
    const gone = new EventSender({
      url: new URL('http://127.0.0.1:1/events?key=secret'),
      ...{ headers: () => ({}), timeoutMs: 1000, connections: 1 },
    });
    const failed = await gone.send(EVENT);
    t.match(failed, { kind: 'failed', reason: /^127\.0\.0\.1:1: / });
    t.notMatch(JSON.stringify([late, failed]), 'secret');
    await gone.close();
  },
);

t.test('a stop ends what is being sent', async (t) => {
  const { sender } = await setup(t, () => undefined);
  const sending = sender.send(EVENT);
  await new Promise((resolve) => setImmediate(resolve));
  await sender.close();
  t.match(await sending, { kind: 'failed' });
});
