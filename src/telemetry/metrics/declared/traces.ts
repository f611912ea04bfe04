/** Spans on their way to the receiver of traces. */
import type { Register } from '../register.ts';

export const traceMetrics = (register: Register) => ({
  traceSpansExported: register.counter(
    'ortolan_trace_spans_exported_total',
    'Spans that the receiver of traces has accepted.',
    [],
  ),
  traceSpansDropped: register.counter(
    'ortolan_trace_spans_dropped_total',
    'Spans that were lost: refused by the receiver, or still unsent when the queue was full or the server stopped.',
    [],
  ),
});
