import t from 'tap';
import { recordTelemetry } from '../../support/telemetry.ts';

t.test('the trace receiver is logged without its query, which may hold a key', async (t) => {
  const { events, lines } = recordTelemetry();
  events.traces.tracingOn('http://jaeger:4318/v1/traces?key=secret', 0.1);
  t.match(lines, [{ level: 'INFO', endpoint: 'http://jaeger:4318/v1/traces', sample_ratio: 0.1 }]);
  t.notMatch(JSON.stringify(lines), /secret/);
});

t.test('an outage writes one line, and its end one with the number of dropped spans', async (t) => {
  const { events, lines, value } = recordTelemetry();
  events.traces.exportFailing('ECONNREFUSED');
  events.traces.spansDropped(3);
  events.traces.spansDropped(4);
  events.traces.exportWorks();
  events.traces.exportWorks();
  t.match(lines, [
    { level: 'WARNING', reason: 'ECONNREFUSED' },
    { level: 'INFO', dropped_spans: 7 },
    { level: 'INFO', dropped_spans: 0 },
  ]);
  t.equal(await value('ortolan_trace_spans_dropped_total'), 7);
});

t.test('spans that were sent are counted', async (t) => {
  const { events, value } = recordTelemetry();
  events.traces.spansExported(5);
  t.equal(await value('ortolan_trace_spans_exported_total'), 5);
});
