/**
 * HTTP/1.1 as clients, proxies and attackers write it, byte for byte, over real sockets: what is answered, and that nothing
 * behind a request of doubtful length is taken for another. RFC 9112 and 9110; the kinds are those of uNetworking/h1spec
 * and of the lists of request smuggling.
 */
import t from 'tap';
import { until, Wire } from '../support/http-client.ts';
import { echo, listen } from './fixtures/app.ts';

const { port } = listen(t, { predict: echo });

const GET = 'GET /health/live HTTP/1.1\r\nHost: a\r\n';
const POST = 'POST /v1/predict HTTP/1.1\r\nHost: a\r\n';

/** What the server sends, and whether it has closed the connection, once it sends no more for a while. */
async function exchange(bytes: string): Promise<{ readonly text: string; readonly closed: boolean }> {
  const wire = await Wire.open(port);
  let closed = false;
  void wire.closed.then(() => (closed = true));
  await wire.write(Buffer.from(bytes, 'latin1'));
  let [text, quiet] = ['', 0];
  await until(() => {
    quiet = wire.unread === text ? quiet + 1 : 0;
    text = wire.unread;
    return closed || quiet > (text === '' ? 200 : 20);
  });
  wire.leave();
  return { text, closed };
}

const statuses = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));

/** Requests that are not over: nothing is answered, and the connection stays. */
const UNFINISHED = [
  ...['G', 'GET ', 'GET /health', 'GET /health/live ', 'GET /health/live HTTP', 'GET /health/live HTTP/1.1'],
  ...['GET /health/live HTTP/1.1\r', 'GET /health/live HTTP/1.1\r\n', 'GET /health/live HTTP/1.1\r\nHos'],
  ...['GET /health/live HTTP/1.1\r\nHost:', 'GET /health/live HTTP/1.1\r\nHost: ', `${GET.slice(0, -2)}`],
  ...[`${GET.slice(0, -1)}`, GET, `${GET}\r`, `${POST}Content-Length: 5\r\n\r\nhell`],
  `${POST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`,
];

/** What is answered with 2xx, and with which body. */
const VALID: Readonly<Record<string, readonly [bytes: string, body: string]>> = {
  'a GET': [`${GET}\r\n`, 'live'],
  'names in any case, a tab before a value, an empty value': [
    'GET /health/live HTTP/1.1\r\nhoSt:\ta\r\nempty:\r\nx-empty: \r\n\r\n',
    'live',
  ],
  'a query': ['GET /health/live?a=b&c HTTP/1.1\r\nHost: a\r\n\r\n', 'live'],
  'a host with a port, an address, no host name': [
    'GET /health/live HTTP/1.1\r\nHost: [::1]:80\r\n\r\n',
    'live',
  ],
  'bytes beyond ASCII in a value': [`${GET}X: caf\xe9\r\n\r\n`, 'live'],
  'a body with a length': [`${POST}Content-Length: 5\r\n\r\nhello`, 'hello'],
  'a body in chunks': [
    `${POST}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`,
    'hello world',
  ],
  'a chunk size in capitals with zeros in front': [
    `${POST}Transfer-Encoding: chunked\r\n\r\n00A\r\n0123456789\r\n0\r\n\r\n`,
    '0123456789',
  ],
  'a GET that closes': [`${GET}Connection: close\r\n\r\n`, 'live'],
};

/** What is refused with 4xx or 5xx, or by closing, and never with a second answer. */
const REFUSED: Readonly<Record<string, string>> = {
  'no version': 'GET /health/live \r\n\r\n',
  'another version': 'GET /health/live HTTP/9.9\r\nHost: a\r\n\r\n',
  'HTTP/1.0': 'GET /health/live HTTP/1.0\r\nHost: a\r\n\r\n',
  'HTTP/2 without an upgrade': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'words before the method': `Extra line${GET}\r\n`,
  'no host': 'GET /health/live HTTP/1.1\r\nContent-Length: 5\r\n\r\n',
  'two hosts': `${GET}Host: b\r\n\r\n`,
  'a control character in a value': `${GET}X: a\x07\r\n\r\n`,
  'a NUL in a value': `${GET}X: a\0b\r\n\r\n`,
  'a bad name': `${GET}X-Invalid[]: a\r\n\r\n`,
  'a space before the colon': `${GET}X : a\r\n\r\n`,
  'a folded value': `${GET}X: a\r\n b\r\n\r\n`,
  'a line that ends with LF alone': `${GET}X: a\nY: b\r\n\r\n`,
  'a CR within a line': `${GET}\rX: a\r\n\r\n`,
  'a length below zero': `${POST}Content-Length: -5\r\n\r\nhello`,
  'a length beyond any number': `${POST}Content-Length: -123456789123456789123456789\r\n\r\n`,
  'a length that is no number': `${POST}Content-Length: abc\r\n\r\nhello`,
  'a length with a sign': `${POST}Content-Length: +5\r\n\r\nhello`,
  'a length in hexadecimal': `${POST}Content-Length: 0x5\r\n\r\nhello`,
  'a list of lengths': `${POST}Content-Length: 5, 5\r\n\r\nhello`,
  'two lengths': `${POST}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
  'the same length twice': `${POST}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  'a chunk size that is no number': `${POST}Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n`,
  'a chunk size below zero': `${POST}Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n`,
  'a chunk size beyond 64 bits': `${POST}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff5\r\nhello\r\n0\r\n\r\n`,
  'too many headers': `${GET}${'X: a\r\n'.repeat(150)}\r\n`,
};

/** A GET hides behind each: whoever takes the length differently from a proxy in front would answer it. */
const HIDDEN = `${GET}\r\n`;
const SMUGGLED: Readonly<Record<string, string>> = {
  'a length and chunks': `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'chunks and a length': `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'two lengths, the first shorter': `${POST}Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'two codings': `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'an unknown coding': `${POST}Transfer-Encoding: xchunked\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a list of codings': `${POST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  'chunked with a vertical tab': `${POST}Transfer-Encoding: \x0bchunked\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a space before the colon of the coding': `${POST}Transfer-Encoding : chunked\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'LF alone behind a chunk size': `${POST}Transfer-Encoding: chunked\r\n\r\n0\n\n${HIDDEN}`,
  'a chunk longer than it says': `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n${HIDDEN}`,
};

t.jobs = 8;
for (const bytes of UNFINISHED) {
  t.test(`it waits behind ${JSON.stringify(bytes.slice(-24))}`, async (t) => {
    t.strictSame(await exchange(bytes), { text: '', closed: false });
  });
}
for (const [name, [bytes, body]] of Object.entries(VALID)) {
  t.test(`${name}: answered`, async (t) => {
    const { text } = await exchange(bytes);
    t.strictSame(statuses(text), [200]);
    t.equal(text.slice(text.indexOf('\r\n\r\n') + 4), body);
  });
}
for (const [name, bytes] of Object.entries(REFUSED)) {
  t.test(`${name}: refused`, async (t) => {
    const { text, closed } = await exchange(bytes);
    const seen = statuses(text);
    t.ok(seen.length <= 1 && seen.every((status) => status >= 400), String(seen));
    t.ok(closed || seen.length === 1, 'an answer, or the end');
  });
}
for (const [name, bytes] of Object.entries(SMUGGLED)) {
  t.test(`${name}: nothing is smuggled`, async (t) => {
    const { text } = await exchange(bytes);
    t.notMatch(text, /live$/, text);
  });
}
