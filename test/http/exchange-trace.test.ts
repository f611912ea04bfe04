/** Trace ids in the response, log line and span of a traced exchange, and none in an untraced one. */
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { traced } from '../support/traced.ts';
import { exchangeOf } from './fixtures/exchange.ts';

const OK = { contentType: 'application/json', body: '{}' };
const MODEL = { model: 'tiny', version: '1' };

function tracedExchange() {
  const made = traced();
  const trace = made.tracer.begin(undefined, () => '/v1/predict')!;
  const each = exchangeOf([], {}, 'POST', {}, trace);
  each.exchange.model = MODEL;
  return { ...each, ...made, trace, clock: each.clock };
}

t.test('the response and the log line have the trace id and the span id', async (t) => {
  const { exchange, response, log, trace } = tracedExchange();
  exchange.answer(OK);
  t.equal(response.headers.get('traceresponse'), `00-${trace.traceId}-${trace.spanId}-01`);
  t.match(log[0], { trace_id: trace.traceId, span_id: trace.spanId, request_id: 'id-1' });
});

t.test('the span ends with the request, and has its attributes', async (t) => {
  const { exchange, clock, span } = tracedExchange();
  clock.advance(7);
  exchange.answer({ ...OK, status: 204 });
  const { startMs, endMs, attributes } = span('POST /v1/predict');
  t.equal(endMs - startMs, 7);
  t.match(attributes, {
    'http.response.status_code': 204,
    'ortolan.request_id': 'id-1',
    'ortolan.model.name': 'tiny',
  });
});

t.test('however the request ends, there is one server span', async (t) => {
  const ways: Record<string, (each: ReturnType<typeof tracedExchange>) => void> = {
    200: ({ exchange }) => exchange.answer(OK),
    503: ({ exchange }) => exchange.fail(new ServingError('QUEUE_FULL', 'The queue is full.')),
    500: ({ exchange }) => exchange.fail(new TypeError('no')),
    504: ({ exchange, clock }) => {
      exchange.startDeadline();
      clock.advance(1000);
    },
    undefined: ({ response }) => response.abort(),
  };
  for (const [status, end] of Object.entries(ways)) {
    const each = tracedExchange();
    end(each);
    for (const other of Object.values(ways)) other(each);
    t.equal(each.spans.length, 1, status);
    t.equal(String(each.spans[0]?.attributes['http.response.status_code']), status);
    t.equal(each.spans[0]?.failed === undefined, status === '200');
  }
});

t.test('a request that is not traced has no such header and no such fields', async (t) => {
  const { exchange, response, log } = exchangeOf();
  exchange.answer(OK);
  t.notOk(response.headers.has('traceresponse'));
  t.notOk('trace_id' in log[0]! || 'span_id' in log[0]!);
});
