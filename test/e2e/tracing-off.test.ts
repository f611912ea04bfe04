/** A server without tracing loads no tracing package. (No other test may load one in this process before.) */
import { registerHooks } from 'node:module';
import t from 'tap';
import { post, scrape } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer, stopNow } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const loaded: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    loaded.push(resolved.url);
    return resolved;
  },
});
/** Without the API package, which prom-client loads for exemplars. */
const ofOpenTelemetry = (): string[] => loaded.filter((url) => /\/@opentelemetry\/(?!api\/)/.test(url));

const ROW = Buffer.from(new Float32Array(4).fill(1).buffer);
const CALLER = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };

t.test('without an endpoint no OpenTelemetry package is loaded; trace headers are ignored', async (t) => {
  const models = modelRepository(t, { affine: affine() });
  const off = await startServer(t, { models });
  const response = await post(off.port, '/v1/predict', ROW, CALLER);
  t.equal(response.status, 200);
  t.notOk(response.headers.has('traceresponse'));
  t.notOk(off.log.some((line) => 'trace_id' in line));
  t.equal((await scrape(off.port))('ortolan_trace_spans_dropped_total'), 0);
  await stopNow(off.server);
  t.ok(
    loaded.some((url) => /\/(src|dist)\//.test(url)),
    'the hook sees what the server loads',
  );
  t.strictSame(ofOpenTelemetry(), []);

  await startServer(t, {
    models,
    options: { tracingEndpoint: 'http://127.0.0.1:9', tracingSampleRatio: 0 },
  });
  t.ok(ofOpenTelemetry().length > 0, 'they are loaded with an endpoint');
});
