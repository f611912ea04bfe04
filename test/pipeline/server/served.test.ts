/** What the pipeline asks of a server, and how it takes the answers. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { type Test } from 'tap';
import { HttpServed } from '../../../src/pipeline/server/served.ts';
import { STATE } from '../../../src/protocol/v1/traffic/schemas.ts';

const SIGNAL = new AbortController().signal;

async function serving(
  t: Test,
  status: number,
  answer: unknown,
): Promise<{ served: HttpServed; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''} ${body}`.trimEnd());
      response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/behind/a/proxy`);
  return {
    served: new HttpServed({ server: url, model: 'my net', credential: { authorization: 'Bearer k' } }),
    asked,
  };
}

async function fails(t: Test, asked: Promise<unknown>, kind: string, says = /./): Promise<void> {
  const error: unknown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  t.match(error, { kind, message: says });
}

t.test('each call is one request, with the key, below the path of the server', async (t) => {
  const { served, asked } = await serving(t, 200, STATE.value);
  await served.traffic(SIGNAL);
  await served.setTraffic({ split: { 1: 1 } }, SIGNAL);
  await served.step('promote', '2', SIGNAL);
  t.same(await served.load(SIGNAL), { kind: 'loaded' });
  t.strictSame(asked, [
    'GET /behind/a/proxy/v1/models/my%20net/traffic Bearer k',
    'PUT /behind/a/proxy/v1/models/my%20net/traffic Bearer k {"split":{"1":1}}',
    'POST /behind/a/proxy/v1/models/my%20net/traffic/promote?version=2 Bearer k',
    'POST /behind/a/proxy/v2/repository/models/my%20net/load Bearer k {}',
  ]);
});

const error = (code: string, message = 'Why.', retryable = false) => ({ error: message, code, retryable });

t.test('a refusal of the model is told apart from a server that loads by itself', async (t) => {
  const refused = await serving(t, 422, error('MODEL_REFUSED', 'Model net cannot be loaded.'));
  t.same(await refused.served.load(SIGNAL), { kind: 'refused', reason: 'Model net cannot be loaded.' });
  const polls = await serving(
    t,
    403,
    error('FORBIDDEN', 'Models are not changed by requests here: modelControl is not explicit.'),
  );
  t.same(await polls.served.load(SIGNAL), { kind: 'by_itself' });
  const far = await serving(
    t,
    403,
    error('FORBIDDEN', 'Models are changed from the machine of the server only.'),
  );
  await fails(t, far.served.load(SIGNAL), 'step', /from the machine of the server only/);
});

t.test('a server without feedback or drift has none, and a model that is gone is a fault', async (t) => {
  const none = await serving(t, 404, error('ROUTE_NOT_FOUND'));
  t.equal(await none.served.accuracy(SIGNAL), undefined);
  t.equal(await none.served.drift(SIGNAL), undefined);
  const gone = await serving(t, 404, error('MODEL_NOT_FOUND', 'There is no model my net.'));
  await fails(t, gone.served.accuracy(SIGNAL), 'step', /There is no model my net/);
});

t.test('a server that takes no changes is told how to', async (t) => {
  const { served } = await serving(t, 404, error('ROUTE_NOT_FOUND'));
  await fails(t, served.setTraffic({}, SIGNAL), 'step', /--traffic-routes loopback/);
});

t.test('what may pass is away: no server, one that is overloaded, a proxy without one', async (t) => {
  const closed = new HttpServed({ server: new URL('http://127.0.0.1:1'), model: 'net', credential: {} });
  await fails(t, closed.model(SIGNAL), 'away', /ECONNREFUSED/);
  const busy = await serving(t, 503, error('OVERLOADED', 'Too much.', true));
  await fails(t, busy.served.model(SIGNAL), 'away');
  const proxy = await serving(t, 502, '<html>');
  await fails(t, proxy.served.model(SIGNAL), 'away', /answered 502/);
});

t.test('something else that listens there is a fault', async (t) => {
  const { served } = await serving(t, 200, '<html>');
  await fails(t, served.model(SIGNAL), 'step', /not as this kind of server does/);
  const strange = await serving(t, 200, { versions: [] });
  await fails(t, strange.served.model(SIGNAL), 'step');
});
