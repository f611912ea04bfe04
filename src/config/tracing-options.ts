/** The rows of the option table that are about traces: see schema.ts. */
import Type from 'typebox';
import { rowOf } from './option-notes.ts';

const tracing = rowOf('Tracing');

export const TRACING_OPTIONS = {
  tracingEndpoint: Type.Refine(
    Type.String({
      pattern: '^https?://[^\\s@]+$',
      ...tracing(
        'Where traces are sent: an OTLP/HTTP receiver such as http://jaeger:4318; /v1/traces is added to a URL without a path. Where it is not given, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_ENDPOINT count.',
        { otherwise: 'none: nothing is traced', accepts: 'an http:// or https:// URL without a user name' },
      ),
    }),
    // The pattern lets some through that are no URL: http://host:99999.
    (text) => URL.canParse(text),
  ),
  tracingSampleRatio: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...tracing(
      'Share of requests that are traced, of those for which no caller has decided. 1 is for trying it out: a busy server learns as much from 0.01.',
    ),
  }),
  tracingParent: Type.Enum(['trust', 'link'], {
    default: 'trust',
    ...tracing(
      'What a traceparent header means: trust makes the request part of that trace, sampled if that is; link begins a trace of its own that names it, sampled by the ratio. Choose link where clients are strangers.',
    ),
  }),
  tracingServiceName: Type.String({
    default: 'ortolan',
    minLength: 1,
    ...tracing(
      'Name of the service in traces. Where it is not given, OTEL_SERVICE_NAME counts, then service.name in OTEL_RESOURCE_ATTRIBUTES.',
    ),
  }),
} as const;
