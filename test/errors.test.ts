import t from 'tap';
import { ERRORS, ServingError, toServingError, type ErrorCode } from '../src/errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];

t.test('every error has a status of HTTP, a meaning and advice, each a sentence', async (t) => {
  for (const code of CODES) {
    const { status, means, todo } = ERRORS[code];
    t.ok(Number.isInteger(status) && status >= 400 && status < 600, code);
    t.match(means, /^[A-Z].+\.$/s, code);
    t.match(todo, /^[A-Z].+\.$/s, code);
    t.match(code, /^[A-Z][A-Z0-9_]+$/);
  }
});

t.test('only what may pass by itself can be retried', async (t) => {
  const retryable = CODES.filter((code) => ERRORS[code].retryable);
  t.ok(
    retryable.every((code) => ERRORS[code].status >= 502 || ERRORS[code].status === 429),
    'never a fault of the request, but for one too many of its caller',
  );
  t.same(
    CODES.filter((code) => ERRORS[code].status === 503 && !ERRORS[code].retryable),
    ['MODEL_UNAVAILABLE', 'MODEL_QUARANTINED'],
  );
});

t.test('an error carries its code, and by it status and retry', async (t) => {
  const error = new ServingError('QUEUE_FULL', 'The queue is full.', { retryAfterSeconds: 2 });
  t.ok(error instanceof Error);
  t.match(error, {
    name: 'ServingError',
    message: 'The queue is full.',
    code: 'QUEUE_FULL',
    status: 503,
    retryable: true,
    retryAfterSeconds: 2,
    pointer: undefined,
  });
  t.same(error.headers, []);
  t.notOk('cause' in error, 'where there is none');
});

t.test('what went wrong underneath is kept as the cause', async (t) => {
  const cause = new Error('ENOENT');
  t.equal(new ServingError('INTERNAL', 'A fault.', { cause }).cause, cause);
});

t.test('a failure that crossed the threads becomes the error that it names', async (t) => {
  t.match(toServingError({ code: 'IMAGE_TRUNCATED', detail: 'The image ends early.' }), {
    code: 'IMAGE_TRUNCATED',
    status: 400,
    message: 'The image ends early.',
  });
});

t.test('an internal failure keeps its detail for the log, and shows the client nothing', async (t) => {
  const error = toServingError({ code: 'INTERNAL', detail: 'TypeError at /srv/workers/infer.ts:1' });
  t.equal(error.message, 'The server has failed; its log has the details.');
  t.equal(error.cause, 'TypeError at /srv/workers/infer.ts:1');
});
