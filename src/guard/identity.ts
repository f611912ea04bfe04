/** Who a request is from, and what that caller may do. */
import type { Rate } from './rate.ts';

/**
 * What a caller may be allowed to do. `models:write` allows to read as well, and `federated`, to take part in federated
 * rounds; `admin` is for operators: log level, /debug, and all that the others allow.
 */
export const SCOPES = ['predict', 'models:read', 'models:write', 'federated', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** How much one caller may ask for; what is undefined follows the settings of the server. */
export interface CallerLimits {
  readonly rate?: Rate | undefined;
  /** Requests that may come at once; undefined: as many as `rate` counts. */
  readonly burst?: number | undefined;
  /** Requests in flight at the same time. */
  readonly concurrency?: number | undefined;
  /** Predictions in 24 hours, from the first of them. */
  readonly daily?: number | undefined;
}

export interface Identity {
  /** What it was recognised by: an API key, a token (JWT), the certificate of its connection. */
  readonly kind: 'key' | 'token' | 'certificate';
  /** The id of the key, the subject of the token, the name in the certificate: for logs, limits and the audit log. */
  readonly id: string;
  /** Who holds it: the name of the key, which its successor has too; of the others it is the id. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Names of the models that it may use; undefined: all. */
  readonly models: ReadonlySet<string> | undefined;
  /** Its own limits, where it has any. */
  readonly limits?: CallerLimits | undefined;
}

/** Whether the caller has the scope, or one that includes it. */
export function hasScope({ scopes }: Identity, wanted: Scope): boolean {
  if (scopes.has(wanted) || scopes.has('admin')) return true;
  return (wanted === 'models:read' || wanted === 'federated') && scopes.has('models:write');
}
