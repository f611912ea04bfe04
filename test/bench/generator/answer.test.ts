/** Responses read from a socket, split at any byte. */
import fc from 'fast-check';
import t from 'tap';
import { AnswerReader, type Answer } from '../../../bench/generator/answer.ts';

const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello';
const REFUSED = 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno';
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n';
const EMPTY = 'HTTP/1.1 204 No Content\r\n\r\n';

/** The results of the reader for these chunks in order. */
function readAll(pieces: readonly string[]): (Answer | undefined)[] {
  const reader = new AnswerReader();
  return pieces.map((piece) => reader.read(Buffer.from(piece)));
}

t.test('a response is complete with its last byte and not before', async (t) => {
  for (const text of [PLAIN, REFUSED, CHUNKED]) {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: text.length - 1 }), (cut) => {
        const [early, late] = readAll([text.slice(0, cut), text.slice(cut)]);
        return early === undefined && late !== undefined;
      }),
    );
  }
  t.pass();
});

t.test('the status and whether the connection is kept are returned', async (t) => {
  t.match(readAll([PLAIN])[0], { status: 200, keepsAlive: true });
  t.match(readAll([REFUSED])[0], { status: 503, keepsAlive: false });
  t.match(readAll([CHUNKED])[0], { status: 200, keepsAlive: true });
  t.match(readAll([EMPTY])[0], { status: 204, keepsAlive: true });
});

t.test('the next answer on the same connection is read as well', async (t) => {
  t.match(readAll([PLAIN, CHUNKED, PLAIN]), [{ status: 200 }, { status: 200 }, { status: 200 }]);
});

t.test('the bytes of one answer do not count for the next', async (t) => {
  const cut = PLAIN.length - 1;
  t.match(readAll([PLAIN, PLAIN.slice(0, cut), PLAIN.slice(cut)]), [
    { status: 200 },
    undefined,
    { status: 200 },
  ]);
});

t.test('the reader reports whether a response has started', async (t) => {
  const reader = new AnswerReader();
  t.notOk(reader.started);
  reader.read(Buffer.from('HTTP'));
  t.ok(reader.started);
  reader.read(Buffer.from(PLAIN.slice(4)));
  t.notOk(reader.started);
});
