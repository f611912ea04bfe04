import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import type { Exchange } from '../../src/http/exchange.ts';
import { exchangeOf, type ExchangeUnderTest } from './fixtures/exchange.ts';

const OK = { contentType: 'application/json', body: '{"a":1}' };
const REFUSAL = new ServingError('QUEUE_FULL', 'The queue is full.', { retryAfterSeconds: 1.2 });

/** Every way in which a request ends, and the resulting state. */
const WAYS_OUT: Readonly<
  Record<
    string,
    {
      take: (each: ExchangeUnderTest) => void;
      ending: string;
      outcome: string;
      status: string;
      code?: string;
    }
  >
> = {
  'it is done': {
    take: ({ exchange }) => exchange.answer(OK),
    ending: 'answered',
    outcome: 'answered',
    status: '200 OK',
  },
  'the input is bad': {
    take: ({ exchange }) => exchange.fail(new ServingError('BAD_JSON', 'The body is not valid JSON.')),
    ending: 'failed',
    outcome: 'failed',
    status: '400 Bad Request',
    code: 'BAD_JSON',
  },
  'it is refused': {
    take: ({ exchange }) => exchange.fail(REFUSAL),
    ending: 'failed',
    outcome: 'failed',
    status: '503 Service Unavailable',
    code: 'QUEUE_FULL',
  },
  'its deadline passes': {
    take: ({ clock }) => clock.advance(1000),
    ending: 'expired',
    outcome: 'failed',
    status: '504 Gateway Timeout',
    code: 'DEADLINE_EXCEEDED',
  },
  'its client leaves': {
    take: ({ response }) => response.abort(),
    ending: 'abandoned',
    outcome: 'abandoned',
    status: '',
  },
  'its worker died': {
    take: ({ exchange }) => exchange.fail(new ServingError('WORKER_DIED', 'The worker died.')),
    ending: 'failed',
    outcome: 'failed',
    status: '503 Service Unavailable',
    code: 'WORKER_DIED',
  },
  'the server is shutting down': {
    take: ({ exchange }) => exchange.fail(new ServingError('DRAINING', 'The server is shutting down.')),
    ending: 'failed',
    outcome: 'failed',
    status: '503 Service Unavailable',
    code: 'DRAINING',
  },
  'something is thrown that is no error of ours': {
    take: ({ exchange }) => exchange.fail(new TypeError('undefined is not a function')),
    ending: 'failed',
    outcome: 'failed',
    status: '500 Internal Server Error',
    code: 'INTERNAL',
  },
};

for (const [name, { take, ending, outcome, status, code }] of Object.entries(WAYS_OUT)) {
  t.test(`when ${name}, the request ends once, is counted once and is logged once`, async (t) => {
    const each = exchangeOf();
    each.exchange.startDeadline();
    const endings: string[] = [];
    each.exchange.onEnd((ended) => endings.push(`first ${ended}`));
    each.exchange.onEnd((ended) => endings.push(`second ${ended}`));
    take(each);

    t.equal(each.exchange.ended, true);
    t.strictSame(endings, [`first ${ending}`, `second ${ending}`]);
    t.strictSame(await each.finished(), { [outcome]: 1 });
    t.equal(each.log.length, 1);
    t.equal(each.log[0]?.['request_id'], 'id-1');
    t.equal(each.log[0]?.['code'], code);
    t.equal(each.response.status, status);
    t.equal(each.clock.pending, 0, 'no timer is left');
  });

  t.test(`after an end because ${name}, any other end has no effect`, async (t) => {
    const each = exchangeOf();
    each.exchange.startDeadline();
    let ends = 0;
    each.exchange.onEnd(() => ends++);
    take(each);
    const { status, body } = each.response;
    for (const other of Object.values(WAYS_OUT)) other.take(each);

    t.equal(ends, 1);
    t.equal(each.response.status, status);
    t.equal(each.response.body, body);
    t.strictSame(await each.finished(), { [outcome]: 1 });
    t.equal(each.log.length, 1);
  });
}

t.test('a resource registered for release after the end is released at once', async (t) => {
  const { exchange } = exchangeOf();
  exchange.answer(OK);
  let given = 0;
  exchange.onEnd(() => given++);
  t.equal(given, 1);
});

t.test('an answer carries its headers, its id and its type', async (t) => {
  const { exchange, response } = exchangeOf();
  exchange.answer({ ...OK, status: 200, headers: [['server-timing', 'total;dur=1']] });
  t.equal(response.body, '{"a":1}');
  t.match(Object.fromEntries(response.headers), {
    'content-type': 'application/json',
    'x-request-id': 'id-1',
    'x-content-type-options': 'nosniff',
    'server-timing': 'total;dur=1',
  });
});

t.test('every error response has the same shape', async (t) => {
  const { exchange, response } = exchangeOf();
  exchange.fail(new ServingError('BAD_QUERY', 'No.', { pointer: '/top_k' }));
  t.strictSame(JSON.parse(response.body!), {
    error: 'No.',
    code: 'BAD_QUERY',
    retryable: false,
    request_id: 'id-1',
    pointer: '/top_k',
  });
});

t.test('an internal error is logged in full, and its details are not sent to the client', async (t) => {
  const { exchange, response, log } = exchangeOf();
  exchange.fail(new TypeError('secret'));
  t.notMatch(response.body, /secret/);
  t.match(log[0], { level: 'ERROR', error: { message: 'secret' } });
});

t.test('a retryable error has Retry-After in whole seconds', async (t) => {
  const { exchange, response } = exchangeOf();
  exchange.fail(REFUSAL);
  t.equal(response.headers.get('retry-after'), '2');
});

t.test('a temporary refusal has a default Retry-After; a permanent one has none', async (t) => {
  const expected = {
    WORKER_DIED: '1',
    DRAINING: '1',
    MODEL_UNAVAILABLE: undefined,
    BAD_JSON: undefined,
  } as const;
  for (const [code, retryAfter] of Object.entries(expected)) {
    const { exchange, response } = exchangeOf();
    exchange.fail(new ServingError(code as keyof typeof expected, 'No.'));
    t.equal(response.headers.get('retry-after'), retryAfter, code);
  }
});

t.test('the client sets the deadline, up to the maximum of the server', async (t) => {
  for (const [sent, ms] of [
    ['200', 200],
    ['999999', 1000],
  ] as const) {
    const { exchange, clock } = exchangeOf([['x-request-timeout-ms', sent]]);
    exchange.startDeadline();
    clock.advance(ms - 1);
    t.equal(exchange.ended, false);
    clock.advance(1);
    t.equal(exchange.ended, true);
  }
});

t.test('with a deadline in header and query, the shorter one applies', async (t) => {
  for (const [header, query, ms] of [
    ['200', 300, 200],
    ['300', 200, 200],
    [undefined, 200, 200],
    [undefined, 999_999, 1000],
  ] as const) {
    const { exchange, clock } = exchangeOf(header === undefined ? [] : [['x-request-timeout-ms', header]]);
    exchange.startDeadline(query);
    t.equal(exchange.deadlineAt, ms);
    clock.advance(ms - 1);
    t.equal(exchange.ended, false);
    t.equal(exchange.timeLeftMs, 1);
    clock.advance(1);
    t.equal(exchange.ended, true);
  }
});

t.test('a deadline that is known later only shortens the one that runs', async (t) => {
  const { exchange, response, clock } = exchangeOf([['x-request-timeout-ms', '500']]);
  exchange.startDeadline();
  clock.advance(50);
  exchange.startDeadline(800);
  t.equal(exchange.deadlineAt, 500);
  exchange.startDeadline(200);
  exchange.startDeadline(800);
  t.equal(exchange.deadlineAt, 200);
  clock.advance(149);
  t.notOk(exchange.ended);
  clock.advance(1);
  t.equal(response.status, '504 Gateway Timeout');
});

t.test('a deadline that has passed when it is known ends the request at once', async (t) => {
  const { exchange, response, clock } = exchangeOf();
  clock.advance(30);
  exchange.startDeadline(30);
  t.equal(response.status, '504 Gateway Timeout');
});

t.test('a deadline runs from the arrival of the request, whenever it is started', async (t) => {
  const { exchange, clock } = exchangeOf();
  clock.advance(30);
  exchange.startDeadline(200);
  t.equal(exchange.deadlineAt, 200);
  t.equal(exchange.timeLeftMs, 170);
  clock.advance(170);
  t.equal(exchange.ended, true);
});

t.test('without a client deadline, the maximum of the server applies', async (t) => {
  const { exchange, clock, response } = exchangeOf();
  exchange.startDeadline();
  t.equal(exchange.deadlineAt, undefined);
  t.equal(exchange.timeLeftMs, undefined);
  clock.advance(999);
  t.equal(exchange.ended, false);
  clock.advance(1);
  t.match(JSON.parse(response.body!), { code: 'DEADLINE_EXCEEDED', error: /within its 1000 ms/ });
});

t.test('a response to HEAD has a length and no body', async (t) => {
  const { exchange, response } = exchangeOf([], {}, 'HEAD');
  exchange.answer(OK);
  t.equal(response.body, undefined);
  t.equal(response.headers.get('content-length'), '7');
});

t.test('only a request with an Origin header gets CORS headers', async (t) => {
  const corsHeaders = () => [['access-control-allow-origin', '*']] as const;
  const answered = ({
    exchange,
    response,
  }: {
    exchange: Exchange;
    response: ExchangeUnderTest['response'];
  }) => {
    exchange.answer(OK);
    return response.headers.get('access-control-allow-origin');
  };
  t.equal(answered(exchangeOf([['origin', 'https://a.test']], { corsHeaders })), '*');
  t.equal(answered(exchangeOf([], { corsHeaders })), undefined);
});

const MiB = 1024 * 1024;
const CLOSES: Readonly<Record<string, readonly [readonly [string, string][], boolean]>> = {
  'of no length': [[], false],
  'that is short': [[['content-length', String(20 * MiB)]], false],
  'that is long': [[['content-length', String(20 * MiB + 1)]], true],
};

for (const [name, [headers, closes]] of Object.entries(CLOSES)) {
  t.test(
    `a body ${name} that is refused unread ${closes ? 'ends' : 'does not end'} its connection`,
    async (t) => {
      const { exchange, response } = exchangeOf(headers);
      exchange.fail(new ServingError('QUEUE_FULL', 'The queue is full.'));
      t.equal(response.closed, closes);
    },
  );
}

t.test(
  'a chunked body that is refused gets its answer behind its end, and keeps its connection',
  async (t) => {
    const { exchange, response, finished } = exchangeOf([['transfer-encoding', 'chunked']]);
    exchange.fail(new ServingError('QUEUE_FULL', 'The queue is full.'));
    t.strictSame(await finished(), { failed: 1 }, 'it holds nothing meanwhile');
    response.feed(Buffer.alloc(MiB));
    t.equal(response.status, '');
    response.feed('', true);
    t.match(response.status, /^503/);
    t.equal(response.closed, false);
  },
);

t.test('a chunked body that is too long, or pauses, gets its answer without its end', async (t) => {
  const refused = () => {
    const each = exchangeOf([['transfer-encoding', 'chunked']]);
    each.exchange.fail(new ServingError('QUEUE_FULL', 'The queue is full.'));
    return each;
  };
  const long = refused();
  for (let i = 0; i < 20; i++) long.response.feed(Buffer.alloc(MiB));
  t.equal(long.response.status, '');
  long.response.feed('x');
  t.match([long.response.status, long.response.closed], [/^503/, true]);
  t.equal(long.clock.pending, 0);

  const pausing = refused();
  pausing.response.feed('x');
  pausing.clock.advance(999);
  t.equal(pausing.response.status, '');
  pausing.clock.advance(1);
  t.match([pausing.response.status, pausing.response.closed], [/^503/, true]);

  const slow = refused();
  for (let ms = 0; ms < 10_000; ms += 500) {
    t.equal(slow.response.status, '', String(ms));
    slow.response.feed('x');
    slow.clock.advance(500);
  }
  t.match([slow.response.status, slow.response.closed], [/^503/, true]);

  const left = refused();
  left.response.abort();
  left.clock.advance(10_000);
  t.equal(left.response.status, '', 'nothing is written to a connection that is gone');
});

t.test('a long body that was read to its end does not end its connection', async (t) => {
  const { exchange, response } = exchangeOf([['transfer-encoding', 'chunked']]);
  exchange.readBody(() => undefined);
  response.feed('x', true);
  exchange.answer(OK);
  t.equal(response.closed, false);
});

t.test('two lengths end the connection: the start of the next request is unknown', async (t) => {
  const { exchange, response } = exchangeOf([
    ['content-length', '5'],
    ['content-length', '50'],
  ]);
  exchange.fail(exchange.head.problem);
  t.equal(response.closed, true);
});

t.test('from the first signal on every response closes its connection', async (t) => {
  const { exchange, response } = exchangeOf([], { closesConnections: () => true });
  exchange.answer(OK);
  t.equal(response.closed, true);
});

t.test('chunks that arrive after the end are discarded', async (t) => {
  const { exchange, response } = exchangeOf([['content-length', '5']]);
  const taken: number[] = [];
  exchange.readBody((chunk) => taken.push(chunk.byteLength));
  response.feed('ab');
  exchange.fail(REFUSAL);
  response.feed('cde', true);
  t.strictSame(taken, [2]);
});

t.test('an unknown method is logged as other', async (t) => {
  const { exchange, log } = exchangeOf([], {}, 'FROBNICATE');
  exchange.answer(OK);
  t.equal(log[0]?.['method'], 'other');
});
