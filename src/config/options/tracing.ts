/** Options of traces. */
import Type from 'typebox';
import { about } from '../option.ts';

export const TRACING = {
  tracingEndpoint: Type.Optional(
    Type.Refine(
      Type.String({
        pattern: '^https?://[^\\s@]+$',
        ...about(
          'Where traces are sent: an OTLP/HTTP receiver such as http://jaeger:4318; /v1/traces is added to a URL without a path. Where it is not given, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT and OTEL_EXPORTER_OTLP_ENDPOINT count.',
          { otherwise: 'none: nothing is traced', accepts: 'an http:// or https:// URL without a user name' },
        ),
      }),
      // The pattern lets some through that are no URL: http://host:99999.
      (text) => URL.canParse(text),
    ),
  ),
  tracingSampleRatio: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...about(
      'Share of requests that are traced, of those for which no caller has decided. 1 is for trying it out: a busy server learns as much from 0.01.',
    ),
  }),
  tracingParent: Type.Enum(['trust', 'link'], {
    default: 'trust',
    ...about(
      'What a traceparent header means: trust makes the request part of that trace, sampled if that is; link begins a trace of its own that names it, sampled by the ratio. Choose link where clients are strangers.',
    ),
  }),
  tracingServiceName: Type.String({
    default: 'ortolan',
    minLength: 1,
    ...about(
      'Name of the service in traces. Where it is not given, OTEL_SERVICE_NAME counts, then service.name in OTEL_RESOURCE_ATTRIBUTES.',
    ),
  }),
} as const;
