/**
 * What an entry of the audit log says. Names of events are those of OWASP's Logging Vocabulary
 * (https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html), with their parameters behind a colon.
 */
import { plain } from '../log/log.ts';

/** The vocabulary that is used here, each word with its level. */
export const VOCABULARY = {
  /** Credentials that are missing or not valid: `[:userid]`. */
  authn_login_fail: 'WARN',
  /** Not allowed: `[:userid,resource]`. */
  authz_fail: 'CRITICAL',
  /** Who may do what has changed, such as a file of keys: `[:userid,what]`. */
  authz_change: 'WARN',
  /** A call that changes what is served, or the server: `[:userid,event]`. */
  authz_admin: 'WARN',
  /** More than a caller may ask for: `[:userid,max]`. */
  excess_rate_limit_exceeded: 'WARN',
  /** A model that was judged by its digests, signature and tensors: `[:model,check:FAILED]`. */
  upload_validation: 'CRITICAL',
  /** A model is served, the traffic of one changes, or one is no longer served: `[:userid,object]`. */
  sensitive_create: 'WARN',
  sensitive_update: 'WARN',
  sensitive_delete: 'WARN',
  sys_startup: 'WARN',
  sys_shutdown: 'WARN',
  /** The process before this one ended without sys_shutdown: `[:reason]`. */
  sys_crash: 'WARN',
  /** The audit log goes on in a new file: `[:userid,monitor]`. */
  sys_monitor_enabled: 'WARN',
} as const;

export type AuditEvent = keyof typeof VOCABULARY;

/** Who did it. `server`: the server by itself; `anyone`: a caller that nobody knows. */
export interface Actor {
  readonly kind: 'key' | 'token' | 'certificate' | 'anyone' | 'server' | 'signal';
  readonly id?: string;
}

export const SERVER: Actor = { kind: 'server' };

/** What one entry is about; texts of clients are made safe and cut when it is written. */
export interface AuditFacts {
  readonly event: AuditEvent;
  /** The parameters of the event behind the user: the resource, what was done. */
  readonly about: readonly string[];
  /** A sentence for people. */
  readonly description: string;
  readonly actor: Actor;
  /** `failed`: it was allowed, and did not come about. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** The other end of the connection. */
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
  readonly method?: string | undefined;
  /** The pattern, never the path. */
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Longer details, such as a split of a thousand versions, are left out: lines stay short enough to be read back. */
const LONGEST_DETAILS = 4096;

/** The fields of a line, without those of the chain. */
export function fieldsOf(facts: AuditFacts, at: Date): Record<string, unknown> {
  const { actor, about, details } = facts;
  const user = actor.id ?? actor.kind;
  const parameters = [user, ...about].map((text) => plain(text).replaceAll(',', ' '));
  return {
    datetime: at.toISOString(),
    event: `${facts.event}:${parameters.join(',')}`,
    level: VOCABULARY[facts.event],
    description: plain(facts.description),
    actor: { kind: actor.kind, ...(actor.id !== undefined && { id: plain(actor.id) }) },
    source_ip: facts.address,
    request_id: facts.requestId === undefined ? undefined : plain(facts.requestId),
    method: facts.method,
    route: facts.route,
    outcome: facts.outcome,
    status: facts.status,
    code: facts.code,
    model: facts.model === undefined ? undefined : plain(facts.model),
    version: facts.version === undefined ? undefined : plain(facts.version),
    details: details === undefined ? undefined : bounded(details),
  };
}

function bounded(details: Readonly<Record<string, unknown>>): unknown {
  const { length } = JSON.stringify(details);
  return length > LONGEST_DETAILS ? { left_out_characters: length } : details;
}
