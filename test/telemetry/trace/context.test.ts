import fc from 'fast-check';
import t from 'tap';
import { readTraceContext, readTraceState, writeTraceContext } from '../../../src/telemetry/trace/context.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const VALID = `00-${TRACE}-${SPAN}-01`;

t.test('a traceparent gives trace id, span id and the sampled flag', async (t) => {
  t.strictSame(readTraceContext(VALID, 'vendor=1'), {
    traceId: TRACE,
    spanId: SPAN,
    sampled: true,
    state: 'vendor=1',
  });
  t.equal(readTraceContext(`00-${TRACE}-${SPAN}-00`, '')?.sampled, false);
});

t.test('unknown flags are ignored', async (t) => {
  t.equal(readTraceContext(`00-${TRACE}-${SPAN}-ff`, '')?.sampled, true);
  t.equal(readTraceContext(`00-${TRACE}-${SPAN}-02`, '')?.sampled, false);
});

t.test('for a later version the first four fields are read', async (t) => {
  t.equal(readTraceContext(`01-${TRACE}-${SPAN}-01`, '')?.traceId, TRACE);
  t.equal(readTraceContext(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, '')?.spanId, SPAN);
  t.equal(readTraceContext(`cc-${TRACE}-${SPAN}-01.what`, ''), undefined);
});

const MALFORMED: Readonly<Record<string, string>> = {
  nothing: '',
  'the version that is forbidden': `ff-${TRACE}-${SPAN}-01`,
  'more than version 00 has': `${VALID}-more`,
  'a dash behind version 00': `${VALID}-`,
  'a trace id of zeros': `00-${'0'.repeat(32)}-${SPAN}-01`,
  'a span id of zeros': `00-${TRACE}-${'0'.repeat(16)}-01`,
  'capital letters': `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  'a short trace id': `00-${TRACE.slice(1)}-${SPAN}-01`,
  'a long span id': `00-${TRACE}-${SPAN}0-01`,
  'letters that are no digits': `00-${TRACE.replace('4', 'g')}-${SPAN}-01`,
  'no flags': `00-${TRACE}-${SPAN}`,
  'flags of one digit': `00-${TRACE}-${SPAN}-1`,
  'two of them in one': `${VALID},${VALID}`,
};
for (const [what, header] of Object.entries(MALFORMED)) {
  t.test(`a traceparent that is ${what} is ignored, and its tracestate too`, async (t) => {
    t.equal(readTraceContext(header, 'vendor=1'), undefined);
  });
}

t.test('a tracestate is kept, without blanks around members and without empty members', async (t) => {
  t.equal(readTraceState('a=1,b=2'), 'a=1,b=2');
  t.equal(readTraceState(' a=1 ,\t, b=2\t'), 'a=1,b=2');
  t.equal(readTraceState('tenant@vendor=x y z,0day=!'), 'tenant@vendor=x y z,0day=!');
});

t.test('a malformed or too long tracestate is dropped, and the trace continues', async (t) => {
  const many = Array.from({ length: 33 }, (_, index) => `k${index}=1`).join(',');
  for (const state of ['', ' , ', 'a', 'a=', '=1', 'A=1', 'a=1=2', 'a=é', 'a=1,a=2', many]) {
    t.equal(readTraceState(state), undefined, state);
    t.equal(readTraceContext(VALID, state)?.traceId, TRACE);
  }
  t.equal(readTraceState(`a=${'x'.repeat(256)}`), `a=${'x'.repeat(256)}`);
  t.equal(readTraceState(`a=${'x'.repeat(257)}`), undefined);
  t.equal(readTraceState(`a=${'x'.repeat(250)},b=${'x'.repeat(250)},c=12345678`), undefined);
});

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });

t.test('a written context is read back unchanged', async () => {
  fc.assert(
    fc.property(hex(32), hex(16), (traceId, spanId) => {
      const read = readTraceContext(writeTraceContext(traceId, spanId), '');
      const valid = !/^0+$/.test(traceId) && !/^0+$/.test(spanId);
      return valid ? read?.traceId === traceId && read.spanId === spanId && read.sampled : read === undefined;
    }),
  );
});

t.test('any header is read without an error, and gives only valid ids', async () => {
  const pieces = fc.constantFrom('00', 'ff', '01', '-', TRACE, SPAN, '0', ',', '=', ' ', 'a=1', '\t', 'é');
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces).map((some) => some.join('')),
  );
  fc.assert(
    fc.property(texts, texts, (parent, state) => {
      const read = readTraceContext(parent, state);
      if (read === undefined) return true;
      const { traceId, spanId } = read;
      return (
        /^[\da-f]{32}$/.test(traceId) && /^[\da-f]{16}$/.test(spanId) && (read.state?.length ?? 1) <= 512
      );
    }),
  );
});
