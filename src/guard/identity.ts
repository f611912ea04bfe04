/** Who a request is from, and what that caller may do. */

/** What a caller may be allowed to do. `admin` is for operators: log level, and all that the others allow. */
export const SCOPES = ['predict', 'models:read', 'models:write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Identity {
  /** What it was recognised by: an API key, a token (JWT), the certificate of its connection. */
  readonly kind: 'key' | 'token' | 'certificate';
  /** The id of the key, the subject of the token, the name in the certificate: for logs, limits and the audit log. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
  /** Names of the models that it may use; undefined: all. */
  readonly models: ReadonlySet<string> | undefined;
}
