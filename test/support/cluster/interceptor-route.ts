/**
 * The fields of KEDA's InterceptorRoute (HTTP add-on 0.15, http.keda.sh/v1beta1) that our route uses, from its
 * CustomResourceDefinition. No package has its type.
 */
export interface IInterceptorRoute {
  readonly apiVersion: 'http.keda.sh/v1beta1';
  readonly kind: 'InterceptorRoute';
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
  readonly spec: {
    readonly target: { readonly service: string; readonly port: number };
    readonly rules?: readonly { readonly hosts: readonly string[] }[];
    readonly scalingMetric: { readonly concurrency: { readonly targetValue: number } };
    /** Go durations, such as 30s. */
    readonly timeouts?: {
      readonly readiness?: string;
      readonly request?: string;
      readonly responseHeader?: string;
    };
  };
}
