import t from 'tap';
import { sentContext } from '../../../src/http/headers/trace.ts';
import { requestOf } from '../fixtures/uws.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`] as const;

t.test('a request without a traceparent has no context, whatever its tracestate', async (t) => {
  t.equal(sentContext(requestOf()), undefined);
  t.equal(sentContext(requestOf([['tracestate', 'a=1']])), undefined);
});

t.test('a traceparent is read, with the tracestate of all its headers in their order', async (t) => {
  t.equal(sentContext(requestOf([PARENT]))?.traceId, TRACE);
  const sent = sentContext(requestOf([['tracestate', 'b=2'], PARENT, ['tracestate', 'a=1,c=3']]));
  t.equal(sent?.state, 'b=2,a=1,c=3');
});

t.test('two traceparents are ignored, because it is unknown which one is meant', async (t) => {
  t.equal(sentContext(requestOf([PARENT, PARENT])), undefined);
});
