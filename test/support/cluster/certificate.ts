/**
 * The fields of cert-manager's Certificate (cert-manager.io/v1) that ours uses, from its CustomResourceDefinition. No package
 * that is installed has its type.
 */
export interface ICertificate {
  readonly apiVersion: 'cert-manager.io/v1';
  readonly kind: 'Certificate';
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
  readonly spec: {
    readonly secretName: string;
    /** Go durations, such as 2160h. */
    readonly duration?: string;
    readonly renewBefore?: string;
    readonly privateKey?: {
      readonly algorithm?: 'RSA' | 'ECDSA' | 'Ed25519';
      readonly size?: number;
      readonly rotationPolicy?: 'Always' | 'Never';
    };
    readonly usages?: readonly ('digital signature' | 'key encipherment' | 'server auth' | 'client auth')[];
    readonly dnsNames?: readonly string[];
    readonly issuerRef: { readonly group?: string; readonly kind?: string; readonly name: string };
  };
}
