/**
 * The fields of KEDA's InterceptorRoute (HTTP add-on 0.15, http.keda.sh/v1beta1) that a route of ours may have,
 * after its CustomResourceDefinition. No package has it, so it is written down here, strictly.
 */
import Type, { type Static } from 'typebox';

const strict = { additionalProperties: false };
/** As Go reads it. */
const Duration = Type.String({ pattern: '^(0|([0-9]+(ms|s|m|h))+)$' });
const Labels = Type.Optional(Type.Record(Type.String(), Type.String()));

export const INTERCEPTOR_ROUTE = Type.Object(
  {
    apiVersion: Type.Literal('http.keda.sh/v1beta1'),
    kind: Type.Literal('InterceptorRoute'),
    metadata: Type.Object(
      { name: Type.String(), namespace: Type.Optional(Type.String()), labels: Labels, annotations: Labels },
      strict,
    ),
    spec: Type.Object(
      {
        target: Type.Object(
          { service: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 1, maximum: 65535 }) },
          strict,
        ),
        rules: Type.Optional(Type.Array(Type.Object({ hosts: Type.Array(Type.String()) }, strict))),
        scalingMetric: Type.Object(
          { concurrency: Type.Object({ targetValue: Type.Integer({ minimum: 1 }) }, strict) },
          strict,
        ),
        timeouts: Type.Optional(
          Type.Object(
            {
              readiness: Type.Optional(Duration),
              request: Type.Optional(Duration),
              responseHeader: Type.Optional(Duration),
            },
            strict,
          ),
        ),
      },
      strict,
    ),
  },
  strict,
);

export type IInterceptorRoute = Static<typeof INTERCEPTOR_ROUTE>;
