/** The client against a server that refuses, breaks, hangs and answers nonsense. */
import { Readable } from 'node:stream';
import t from 'tap';
import { Ortolan, OrtolanError } from '../../client/src/ortolan.ts';
import { answer, answering, breaks, hangs } from './fixtures/answering.ts';

const BYTES = Uint8Array.of(1, 2, 3);
const CAT = answer(200, { predictions: [{ class_id: 282, label: 'tiger cat', probability: 0.4 }] });
const REFUSAL = {
  error: 'The queue of the model is full.',
  code: 'QUEUE_FULL',
  retryable: true,
  request_id: 'r-1',
};
const refused = answer(503, REFUSAL, { 'retry-after': '0' });

t.test('a refusal, a page of a proxy and a broken connection are followed by the answer', async (t) => {
  const { url, asked } = await answering(t, [refused, answer(502, '<h1>Bad gateway</h1>'), breaks, CAT]);
  const { predictions } = await new Ortolan(url).predict(BYTES);
  t.equal(predictions[0]?.label, 'tiger cat');
  t.strictSame(
    asked.map(({ body }) => [...body]),
    Array(4).fill([1, 2, 3]),
    'the body is whole each time',
  );
});

t.test('an error has the code, status, id, place and wait of the answer', async (t) => {
  const body = { ...REFUSAL, code: 'BAD_FIELD', retryable: false, pointer: '/top_k' };
  const { url, asked } = await answering(t, [answer(400, body, { 'retry-after': '2' })]);
  const error = await new Ortolan(url).predict(BYTES).catch((thrown: unknown) => thrown);
  t.ok(error instanceof OrtolanError);
  t.match(error, {
    message: REFUSAL.error,
    code: 'BAD_FIELD',
    status: 400,
    requestId: 'r-1',
    retryable: false,
    pointer: '/top_k',
    retryAfterMs: 2000,
  });
  t.equal(asked.length, 1);
});

t.test('an answer that is not the server’s has its status for a code', async (t) => {
  for (const body of ['<h1>Not here</h1>', 'null', '[]', '{"error": {"message": "no"}}', '']) {
    const { url } = await answering(t, [answer(404, body, { 'x-request-id': 'p-1' })]);
    await t.rejects(
      new Ortolan(url).predict(BYTES),
      { code: 'HTTP_404', message: 'The answer has the status 404.', requestId: 'p-1', retryable: false },
      body,
    );
  }
});

t.test('Retry-After may be a date', async (t) => {
  const later = new Date(Date.now() + 60_000).toUTCString();
  const { url } = await answering(t, [answer(503, REFUSAL, { 'retry-after': later })]);
  const error = (await new Ortolan(url).predict(BYTES).catch((thrown: unknown) => thrown)) as OrtolanError;
  t.ok(error.retryAfterMs! > 50_000 && error.retryAfterMs! <= 60_000, 'longer than the client waits');
});

t.test('a stream is sent once, even if the server would take it again', async (t) => {
  const { url, asked } = await answering(t, [refused]);
  const stream = Readable.toWeb(Readable.from([BYTES])) as ReadableStream<Uint8Array>;
  await t.rejects(new Ortolan(url).predict(stream), { code: 'QUEUE_FULL', retryable: true });
  t.strictSame([...asked[0]!.body], [1, 2, 3]);
  t.equal(asked.length, 1);
});

t.test('the options of a call replace those of the client, and its headers are added', async (t) => {
  const { url, asked } = await answering(t, [refused, refused]);
  const client = new Ortolan(`${url}/behind/a/proxy/`, { attempts: 3, headers: { a: '1', b: '1' } });
  await t.rejects(
    client.predict(BYTES, { model: 'net/x', version: 'stable', topK: 2, attempts: 2, headers: { b: '2' } }),
    { code: 'QUEUE_FULL' },
  );
  t.equal(asked.length, 2);
  t.equal(asked[0]?.path, '/behind/a/proxy/v1/models/net%2Fx/versions/stable/predict?top_k=2');
  t.match(asked[0]?.headers, { a: '1', b: '2' });
});

t.test('the server is told what is left of the deadline, and without one nothing', async (t) => {
  const { url, asked } = await answering(t, [answer(503, REFUSAL), CAT, CAT]);
  const client = new Ortolan(url, { timeoutMs: 30_000 });
  await client.predict(BYTES);
  const [first, second] = asked.map(({ headers }) => Number(headers['x-request-timeout-ms']));
  t.equal(first, 30_000);
  t.ok(second! <= 29_900, 'the wait of 100 ms is gone');
  await new Ortolan(url).predict(BYTES);
  t.equal(asked[2]?.headers['x-request-timeout-ms'], undefined);
});

t.test('at its deadline a call ends, whether or not the server answers', async (t) => {
  const { url, asked } = await answering(t, [hangs]);
  const headers = { 'x-request-id': 'mine' };
  await t.rejects(new Ortolan(url, { headers }).predict(BYTES, { timeoutMs: 20 }), {
    code: 'DEADLINE_EXCEEDED',
    status: undefined,
    requestId: 'mine',
  });
  t.ok(asked.length <= 1);
});

t.test('an aborted call rejects with the reason, and is not sent again', async (t) => {
  const abort = new AbortController();
  const reason = new Error('the user left');
  const { url, asked } = await answering(t, [() => abort.abort(reason)]);
  const last = { signal: abort.signal, attempts: 1 };
  await t.rejects(new Ortolan(url).predict(BYTES, last), reason);
  await t.rejects(new Ortolan(url).predict(BYTES, { signal: abort.signal }), reason);
  t.equal(asked.length, 1);
});

t.test('an answer that breaks off is asked for again', async (t) => {
  const cut = answer(200, '{"predictions": [', { 'content-length': '500' });
  const { url, asked } = await answering(t, [(response) => (cut(response), void response.destroy()), CAT]);
  await new Ortolan(url).predict(BYTES);
  t.equal(asked.length, 2);
});

t.test('a success that is no JSON is an error, and not asked for again', async (t) => {
  const { url, asked } = await answering(t, [answer(200, '<h1>Welcome</h1>')]);
  await t.rejects(new Ortolan(url).predict(BYTES), { code: 'BAD_ANSWER', retryable: false });
  t.equal(asked.length, 1);
});

t.test('a server that is not there is tried until the attempts are used up', async (t) => {
  let tried = 0;
  const refusing = (request: Request): Promise<Response> => (tried++, fetch(request));
  const client = new Ortolan('http://127.0.0.1:1', { attempts: 2, fetch: refusing });
  await t.rejects(client.predict(BYTES), { code: 'CONNECTION_FAILED', status: undefined, retryable: true });
  t.equal(tried, 2);
});

t.test('what cannot be sent is an error of the caller, and nothing is sent', async (t) => {
  const { url, asked } = await answering(t, []);
  const client = new Ortolan(url);
  const unusable: readonly [() => Promise<unknown>, RegExp][] = [
    [() => client.predict('cat.jpg' as never), /URL object/],
    [() => client.predict(Readable.from([BYTES]) as never), /ReadableStream/],
    [() => client.predict(null as never), /An input is/],
    [() => client.predict(BYTES, { version: '1' }), /needs its model/],
    [() => client.predict(BYTES, { model: '..' }), /no name/],
    [() => client.predict(BYTES, { model: 'net', version: '' }), /no name/],
    [() => client.predict(BYTES, { timeoutMs: 0 }), /timeoutMs is 0/],
    [() => client.predict(BYTES, { timeoutMs: Number.NaN }), /timeoutMs is NaN/],
    [() => client.predict(BYTES, { headers: { 'a b': '' } }), /a b/],
  ];
  for (const [call, message] of unusable) await t.rejects(call(), { message });
  t.throws(() => new Ortolan('127.0.0.1:8000'), TypeError);
  t.throws(() => new Ortolan('ftp://host/'), /no http/);
  t.equal(asked.length, 0);
});
