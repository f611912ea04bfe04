/**
 * The context of a trace in a request's headers. Read only where tracing is on, while uWebSockets.js still holds the
 * request.
 */
import { readTraceContext, type TraceContext } from '../../telemetry/trace/context.ts';
import type { HttpRequest } from '../addon/uws.ts';

/** Undefined when there is no valid traceparent, or more than one. */
export function sentContext(request: HttpRequest): TraceContext | undefined {
  if (request.getHeader('traceparent') === '') return undefined;
  let parents = 0;
  let parent = '';
  const states: string[] = [];
  request.forEach((name, value) => {
    if (name === 'tracestate') states.push(value);
    if (name !== 'traceparent') return;
    parents++;
    parent = value;
  });
  // tracestate may come in several headers; they form one list, in their order.
  return parents === 1 ? readTraceContext(parent, states.join(',')) : undefined;
}
