/** Options of traces. */
import Type from 'typebox';
import { parseHeaderList } from '../header-list.ts';
import { about } from '../option.ts';
import { secretOption } from '../secrets/file-option.ts';

export const TRACING = {
  tracingEndpoint: Type.Optional(
    Type.Refine(
      Type.String({
        pattern: '^https?://[^\\s@]+$',
        ...about(
          'Where traces are sent: an OTLP/HTTP receiver such as http://jaeger:4318; /v1/traces is added to a URL without a path. If not given, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used, then OTEL_EXPORTER_OTLP_ENDPOINT.',
          { otherwise: 'none: nothing is traced', accepts: 'an http:// or https:// URL without a user name' },
        ),
      }),
      // The pattern lets some through that are no URL: http://host:99999.
      (text) => URL.canParse(text),
    ),
  ),
  ...secretOption(
    'tracingHeaders',
    Type.Optional(
      Type.Refine(
        Type.String({
          ...about(
            'Headers of each export of traces, such as the key of the receiver: name=value,name=value, with a comma in a value written as %2C. They come before those of OTEL_EXPORTER_OTLP_HEADERS.',
            { secret: true, otherwise: 'none', accepts: 'a list of headers: name=value,name=value' },
          ),
        }),
        (text) => parseHeaderList(text) !== undefined,
      ),
    ),
  ),
  tracingSampleRatio: Type.Number({
    default: 1,
    minimum: 0,
    maximum: 1,
    ...about(
      'Share of requests that are traced, from 0 to 1, where the caller has not decided. 1 is for trying it out; on a busy server 0.01 is enough.',
    ),
  }),
  tracingParent: Type.Enum(['trust', 'link'], {
    default: 'trust',
    ...about(
      'What a traceparent header does: with trust, the request joins that trace and is sampled if that is; with link, it begins a trace of its own with a link to the other, sampled by the ratio. Choose link where clients are not trusted.',
    ),
  }),
  tracingServiceName: Type.String({
    default: 'ortolan',
    minLength: 1,
    ...about(
      'Name of the service in traces. If not given, OTEL_SERVICE_NAME is used, then service.name in OTEL_RESOURCE_ATTRIBUTES.',
    ),
  }),
} as const;
