/**
 * Whatever comes over a socket, each connection ends in answers with statuses that the description of the API declares, or
 * is closed; the server answers the next request.
 */
import fc from 'fast-check';
import t from 'tap';
import { get, post, Wire } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';
import { ERRORS } from '../../src/errors.ts';
import { runs } from './runs.ts';

/** Connections of a case. */
const AT_ONCE = 40;
/** A request whose body never comes waits for it; the client then goes. */
const ENDS_WITHIN_MS = 100;
const row = Buffer.from(new Float32Array(4).fill(1).buffer);
/** Those of the table of errors, of good answers and of the one that asks for the body (100), and those of the HTTP library itself, which are 400 and more. */
const DECLARED = new Set([
  100,
  200,
  204,
  304,
  400,
  413,
  431,
  505,
  ...Object.values(ERRORS).map(({ status }) => status),
]);

const method = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'GET',
      'POST',
      'HEAD',
      'OPTIONS',
      'PUT',
      'DELETE',
      'PATCH',
      'CONNECT',
      'TRACE',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
);
const path = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(
      '/v1/predict',
      '/v1/models',
      '/v1/models/affine/predict',
      '/v1/models/brightness/predict',
      '/v1/models/x/predict',
      '/v2',
      '/v2/models/affine',
      '/v2/models/affine/infer',
      '/v2/models/brightness/infer',
      '/v2/health/ready',
      '/health',
      '/metrics',
      '/v2/repository/index',
      '/v1/predict?top_k=9',
      '/v1/predict?shape=1,4&datatype=FP32',
      '/debug/batches',
      '/openapi.json',
      '*',
      '//',
      '/%00',
    ),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const name = fc.oneof(
  fc.constantFrom(
    'content-type',
    'content-encoding',
    'content-length',
    'transfer-encoding',
    'x-request-id',
    'x-request-timeout-ms',
    'inference-header-content-length',
    'expect',
    'accept',
    'accept-encoding',
    'connection',
    'host',
    'traceparent',
    'if-none-match',
    'cache-control',
    'origin',
    'range',
    'upgrade',
    'authorization',
    'x-forwarded-for',
  ),
  fc.string({ maxLength: 4 }),
);
const content = fc.oneof(
  fc.constantFrom(
    'application/json',
    'application/octet-stream',
    'image/png',
    'multipart/form-data; boundary=B',
    'gzip',
    'br',
    'identity',
    'chunked',
    '0',
    '1',
    '16',
    '99999999',
    '-1',
    '100-continue',
    'close',
    'keep-alive',
    'websocket',
    '*',
    '"x"',
    'bytes=0-1',
  ),
  fc.string({ maxLength: 8 }),
);
const body = fc.oneof(
  fc.constant(''),
  fc.constant(row.toString('latin1')),
  fc.constantFrom(
    '{"inputs":{"x":[[1,2,3,4]]}}',
    '{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}',
    '4\r\nabcd\r\n0\r\n\r\n',
    'ffffffffff\r\n',
    '--B\r\n\r\n--B--',
  ),
  fc.string({ maxLength: 40 }),
);
/** Mostly framed as it should be, now and then as it is. */
const request = fc
  .record({
    method,
    path,
    headers: fc.array(fc.tuple(name, content), { maxLength: 4 }),
    body,
    framed: fc.nat({ max: 9 }),
    version: fc.oneof(
      { weight: 30, arbitrary: fc.constant('1.1') },
      { weight: 1, arbitrary: fc.constantFrom('1.0', '2.0', '') },
    ),
  })
  .map(({ method: verb, path: target, headers, body: bytes, framed, version }) => {
    const length = framed === 0 ? '' : `content-length: ${Buffer.byteLength(bytes, 'latin1')}\r\n`;
    const lines = headers.map(([key, value]) => `${key}: ${value}\r\n`).join('');
    return `${verb} ${target} HTTP/${version}\r\nhost: test\r\n${length}${lines}\r\n${bytes}`;
  });
const stream = fc.array(request, { minLength: 1, maxLength: 2 }).map((all) => all.join(''));

t.test(
  'any bytes on a connection end in declared statuses or in its end, and the next request is answered',
  async (t) => {
    const { port } = await startServer(t, {
      models: modelRepository(t, { affine: affine(), brightness: brightness() }),
      options: { defaultModel: 'affine', logLevel: 'CRITICAL' },
    });
    const statuses = new Map<number, number>();
    const one = async (text: string): Promise<void> => {
      const wire = await Wire.open(port);
      await wire.write(Buffer.from(text, 'latin1'));
      const patience = setTimeout(() => wire.leave(), ENDS_WITHIN_MS);
      for (;;) {
        const response = await wire.response({ toHead: text.startsWith('HEAD ') });
        if (response === undefined) break;
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        if (!DECLARED.has(response.status)) throw new Error(`${response.status} is not declared`);
        if (response.status === 500) throw new Error(response.body.toString());
      }
      clearTimeout(patience);
      wire.leave();
    };
    const property = fc.asyncProperty(
      fc.array(stream, { minLength: 1, maxLength: AT_ONCE }),
      async (texts) => {
        await Promise.all(texts.map(one));
        const next = await post(port, '/v1/predict', row);
        if (next.status !== 200) throw new Error(`the next request got ${next.status}`);
      },
    );
    await fc.assert(property, { numRuns: runs(60, 2000) });
    t.comment(JSON.stringify(Object.fromEntries(statuses)));
    t.equal((await get(port, '/health')).status, 200);
  },
);
