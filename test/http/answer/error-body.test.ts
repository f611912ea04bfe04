import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../../src/errors.ts';
import { encodeError } from '../../../src/http/answer/error-body.ts';

t.test('an error has a sentence, a code, a request id and whether it is retryable', async (t) => {
  const error = new ServingError('QUEUE_FULL', 'The queue is full.');
  t.equal(
    encodeError(error, 'r-1'),
    '{"error":"The queue is full.","code":"QUEUE_FULL","retryable":true,"request_id":"r-1"}',
  );
});

t.test('a pointer is included where there is one, and omitted for the whole body', async (t) => {
  const at = (pointer: string): unknown =>
    JSON.parse(encodeError(new ServingError('BAD_FIELD', 'x', { pointer }), 'r'));
  t.match(at('/top_k'), { pointer: '/top_k' });
  t.notOk('pointer' in (at('') as object));
});

t.test('the cause is never included', async (t) => {
  const error = new ServingError('INTERNAL', 'A fault of the server.', { cause: new Error('/secret/path') });
  t.notMatch(encodeError(error, 'r'), /secret/);
});

/** Lone surrogates too. */
const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));

t.test('any text survives the round trip through JSON', async () => {
  fc.assert(
    fc.property(anyText, anyText, (message, id) => {
      const parsed = JSON.parse(encodeError(new ServingError('BAD_JSON', message), id)) as Record<
        string,
        unknown
      >;
      return parsed['error'] === message && parsed['request_id'] === id;
    }),
  );
});
