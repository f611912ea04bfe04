import t from 'tap';
import { readHead } from '../../src/http/head.ts';
import { requestOf } from './fixtures/uws.ts';

type Headers = readonly (readonly [string, string])[];

const headOf = (headers: Headers, method = 'POST') => readHead(requestOf(headers, { method }), 0);

t.test('the fields of a request are read while the request object is valid', async (t) => {
  const headers = [
    ['content-type', 'image/jpeg'],
    ['content-length', '42'],
    ['accept', 'application/json'],
    ['accept-encoding', 'gzip'],
    ['inference-header-content-length', '17'],
    ['origin', 'https://a.test'],
    ['x-request-id', 'abc-1.2_3'],
    ['x-request-timeout-ms', '250'],
    ['cache-control', 'no-cache'],
    ['if-none-match', '"a"'],
    ['if-none-match', 'W/"b"'],
    ['authorization', 'Bearer a'],
    ['x-api-key', 'b'],
    ['authorization', 'Bearer c'],
  ] as const;
  const request = requestOf(headers, { query: 'top_k=3', parameters: ['my%20model', '1'] });
  t.strictSame(readHead(request, 2), {
    method: 'POST',
    parameters: ['my model', '1'],
    query: 'top_k=3',
    requestId: 'abc-1.2_3',
    contentType: 'image/jpeg',
    contentEncoding: '',
    contentLength: 42,
    accept: 'application/json',
    acceptEncoding: 'gzip',
    inferenceHeaderLength: '17',
    cacheControl: 'no-cache',
    ifNoneMatch: '"a",W/"b"',
    origin: 'https://a.test',
    credentials: [
      { name: 'authorization', value: 'Bearer a' },
      { name: 'x-api-key', value: 'b' },
      { name: 'authorization', value: 'Bearer c' },
    ],
    kept: undefined,
    timeoutMs: 250,
    problem: undefined,
    misframed: false,
  });
});

t.test('a request without headers has no fields and no body', async (t) => {
  t.match(headOf([]), {
    query: '',
    contentType: '',
    contentLength: 0,
    accept: '',
    cacheControl: '',
    ifNoneMatch: '',
    origin: '',
    timeoutMs: undefined,
    problem: undefined,
  });
});

t.test('the length of a chunked body is not known', async (t) => {
  t.equal(headOf([['transfer-encoding', 'chunked']]).contentLength, undefined);
});

t.test('codings of the body in several headers are joined', async (t) => {
  const twice = [
    ['content-encoding', 'gzip'],
    ['content-encoding', 'br'],
  ] as const;
  t.equal(headOf(twice).contentEncoding, 'gzip,br');
});

const HOSTILE_IDS = ['', 'a b', 'a\tb', 'a\r\nset-cookie: x', 'a"b', 'é', 'a/b', '<script>', 'x'.repeat(65)];

for (const id of HOSTILE_IDS) {
  t.test(`the request id ${JSON.stringify(id.slice(0, 20))} is replaced by a generated one`, async (t) => {
    t.match(headOf([['x-request-id', id]]).requestId, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });
}

t.test('two requests without an id get different ones', async (t) => {
  t.not(headOf([]).requestId, headOf([]).requestId);
});

const BAD_HEADERS: Readonly<Record<string, readonly [Headers, RegExp]>> = {
  'two lengths that differ': [
    [
      ['content-length', '5'],
      ['content-length', '50'],
    ],
    /more than one Content-Length/,
  ],
  'two lengths that agree': [
    [
      ['content-length', '5'],
      ['content-length', '5'],
    ],
    /more than one Content-Length/,
  ],
  'an empty length': [[['content-length', '']], /Content-Length is not a number/],
  'a signed length': [[['content-length', '+5']], /Content-Length is not a number/],
  'a list of lengths': [[['content-length', '5, 5']], /Content-Length is not a number/],
  'a length beyond all bodies': [[['content-length', '1'.repeat(16)]], /Content-Length is not a number/],
  'a deadline of zero': [[['x-request-timeout-ms', '0']], /positive whole number/],
  'a deadline below zero': [[['x-request-timeout-ms', '-5']], /positive whole number/],
  'a deadline with a fraction': [[['x-request-timeout-ms', '1.5']], /positive whole number/],
  'a deadline that is no number': [[['x-request-timeout-ms', 'soon']], /positive whole number/],
  'two codings': [
    [
      ['transfer-encoding', 'chunked'],
      ['transfer-encoding', 'identity'],
    ],
    /Transfer-Encoding/,
  ],
  'a coding under the chunks': [[['transfer-encoding', 'gzip, chunked']], /Transfer-Encoding/],
};

for (const [name, [headers, message]] of Object.entries(BAD_HEADERS)) {
  t.test(`${name} is a bad header`, async (t) => {
    const { problem, timeoutMs, misframed } = headOf(headers);
    t.match(problem, { code: 'BAD_HEADER', status: 400, message });
    t.equal(misframed, /Content-Length|Transfer-Encoding/.test(String(message)));
    t.equal(timeoutMs, undefined);
  });
}

t.test('a second length on a request that has no body by its method is a bad header too', async (t) => {
  for (const first of ['5', '']) {
    const twice = [
      ['content-length', first],
      ['content-length', '6'],
    ] as const;
    t.match(headOf(twice, 'GET').problem, { code: 'BAD_HEADER' });
  }
});

t.test('a path that is not UTF-8 matches no route', async (t) => {
  const { problem } = readHead(requestOf([], { parameters: ['%ff%fe'] }), 1);
  t.match(problem, { code: 'ROUTE_NOT_FOUND', status: 404 });
});

t.test('headers that are asked for are kept, if the request has them', async (t) => {
  const request = requestOf([['x-user-id', 'u 7']], {});
  t.same(readHead(request, 0, ['x-user-id', 'x-tenant', '__proto__']).kept, { 'x-user-id': 'u 7' });
});

t.test('a list header is kept with all its occurrences, in their order', async (t) => {
  const headers = [
    ['x-forwarded-for', '192.0.2.1, 192.0.2.2'],
    ['x-user', 'first'],
    ['x-forwarded-for', '192.0.2.3'],
    ['x-user', 'second'],
  ] as const;
  const { kept } = readHead(requestOf(headers), 0, ['x-user'], 'x-forwarded-for');
  t.same(kept, { 'x-user': 'first', 'x-forwarded-for': '192.0.2.1, 192.0.2.2,192.0.2.3' });
  t.same(readHead(requestOf([]), 0, [], 'x-forwarded-for').kept, {});
});
