/** Spans on their way to the receiver of traces. */
import type { Register } from '../register.ts';

export const traceMetrics = (register: Register) => ({
  traceSpansExported: register.counter(
    'ortolan_trace_spans_exported_total',
    'Spans that the receiver of traces has taken.',
    [],
  ),
  traceSpansDropped: register.counter(
    'ortolan_trace_spans_dropped_total',
    'Spans of traces that were lost: the receiver refused them, or had not taken them when their queue was full or the server stopped.',
    [],
  ),
});
