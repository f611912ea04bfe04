/** Images by URL: fetched from allowed hosts, refused otherwise, without disclosing what exists in the network. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { faultOf, jsonOf, postJson, scrape, until, Wire, type WireResponse } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { brightness } from '../support/tiny-models.ts';
import { plain } from './fixtures/images.ts';
import type { Config } from '../../src/config/schema.ts';

const RED = plain([255, 0, 0]);
const GREEN = plain([0, 255, 0]);

/** Listens on the loopback, as a bucket inside the operator's network would. */
async function origin(t: Test, listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, server };
}

const start = async (t: Test, options: Partial<Config>) =>
  startServer(t, { models: modelRepository(t, { brightness: brightness() }), options });

const predict = (port: number, url: string): Promise<WireResponse> => postJson(port, '/v1/predict', { url });

t.test('an image is fetched from a host that the operator named', async (t) => {
  const { port: from } = await origin(t, (_, response) => response.end(RED));
  const { port } = await start(t, { urlAllow: [`127.0.0.1:${from}`] });
  const response = await predict(port, `http://127.0.0.1:${from}/red.png`);
  t.match(jsonOf(response), { predictions: [{ label: 'red' }] });
  t.equal((await scrape(port))('ortolan_in_flight_bytes'), 0);
});

t.test('a URL may be as long as those of object stores, with a token', async (t) => {
  const { port: from } = await origin(t, (_, response) => response.end(RED));
  const { port } = await start(t, { urlAllow: [`127.0.0.1:${from}`] });
  const url = `http://127.0.0.1:${from}/red.png?X-Amz-Security-Token=`.padEnd(8192, 'A');
  t.match(jsonOf(await predict(port, url)), { predictions: [{ label: 'red' }] });
});

const REFUSED = [
  'http://127.0.0.1/red.png',
  'http://localhost/',
  'http://169.254.169.254/latest/meta-data/',
  'http://10.0.0.1/',
  'http://[::1]/',
  'http://2130706433/',
  'file:///etc/passwd',
  'ftp://example.com/a.png',
  'gopher://example.com/',
  'http://user:secret@example.com/',
  'http://example.com:22/',
  'not a url',
];

t.test('forbidden URLs are all refused with the same code and the same sentence', async (t) => {
  const { port } = await start(t, {});
  const sentences = new Set<unknown>();
  for (const url of REFUSED) {
    const response = await predict(port, url);
    t.strictSame(faultOf(response), [400, 'URL_REFUSED'], url);
    sentences.add(jsonOf(response)['error']);
  }
  t.equal(sentences.size, 1, 'which does not disclose what exists');
});

t.test('with urlFetch off no URL is fetched', async (t) => {
  const { port: from } = await origin(t, () => t.fail('it was asked'));
  const { port } = await start(t, { urlFetch: 'off', urlAllow: [`127.0.0.1:${from}`] });
  t.strictSame(faultOf(await predict(port, `http://127.0.0.1:${from}/`)), [400, 'URL_REFUSED']);
});

t.test('each way in which a fetch goes wrong has its code', async (t) => {
  const answers: Readonly<Record<string, RequestListener>> = {
    '/missing': (_, response) => response.writeHead(404).end(),
    '/broken': (_, response) => response.socket?.destroy(),
    '/slow': () => undefined,
    '/large': (_, response) => response.end(Buffer.alloc(3000)),
    '/text': (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end('<html>'),
    '/away': (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    '/cut': (_, response) => response.end(RED.subarray(0, 50)),
    '/gif': (_, response) => response.end('GIF89a\x01\0\x01\0\0\0\0'),
  };
  const { port: from } = await origin(t, (request, response) => answers[request.url!]!(request, response));
  const { port } = await start(t, { urlAllow: [`127.0.0.1:${from}`], urlTimeoutMs: 100, urlMaxBytes: 2048 });
  const expected = {
    '/missing': [502, 'URL_FAILED'],
    '/broken': [502, 'URL_FAILED'],
    '/slow': [504, 'URL_TIMEOUT'],
    '/large': [400, 'URL_REFUSED'],
    '/text': [400, 'URL_REFUSED'],
    '/away': [400, 'URL_REFUSED'],
    '/cut': [400, 'IMAGE_TRUNCATED'],
    '/gif': [415, 'UNSUPPORTED_IMAGE'],
  };
  for (const [path, fault] of Object.entries(expected)) {
    t.strictSame(faultOf(await predict(port, `http://127.0.0.1:${from}${path}`)), fault, path);
  }
  t.equal((await scrape(port))('ortolan_in_flight_bytes'), 0);
});

t.test('one URL that fails leaves the other images of the request alone', async (t) => {
  const { port: from } = await origin(t, (request, response) => {
    if (request.url === '/green.png') response.end(GREEN);
    else response.writeHead(500).end();
  });
  const { port } = await start(t, { urlAllow: [`127.0.0.1:${from}`] });
  const base = `http://127.0.0.1:${from}`;
  const images = [`${base}/green.png`, `${base}/broken.png`, RED.toString('base64')];
  const response = await postJson(port, '/v1/predict', { images, top_k: 1 });
  t.match(jsonOf(response), {
    results: [
      { predictions: [{ label: 'green' }] },
      { code: 'URL_FAILED' },
      { predictions: [{ label: 'red' }] },
    ],
  });
});

t.test('the log says why a URL was not fetched, once, and keeps its path to itself', async (t) => {
  const { port, log } = await start(t, {});
  const response = await predict(port, 'http://10.0.0.1/bucket?signature=secret');
  const lines = log.filter((line) => line['request_id'] === response.headers.get('x-request-id'));
  t.match(lines, [
    { message: 'image by URL not fetched', reason: /10\.0\.0\.1/ },
    { message: 'request failed', code: 'URL_REFUSED' },
  ]);
  t.equal(lines.length, 2);
  t.notMatch(JSON.stringify(log), /secret/);
});

t.test('a fetch ends when its client leaves', async (t) => {
  let asked = 0;
  let ended = 0;
  const { port: from } = await origin(t, (request) => {
    asked++;
    request.socket.on('close', () => ended++);
  });
  const { port } = await start(t, { urlAllow: [`127.0.0.1:${from}`] });
  const wire = await Wire.open(port);
  await wire.send({
    method: 'POST',
    path: '/v1/predict',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: `http://127.0.0.1:${from}/` }),
  });
  await until(() => asked === 1);
  wire.leave();
  await until(() => ended === 1);
  await until(
    async () => (await scrape(port))('ortolan_requests_finished_total', { outcome: 'abandoned' }) === 1,
  );
});
