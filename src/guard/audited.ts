/**
 * Puts into the audit log, at the end of a request, who changed the server by it, and who was refused. Around the guard,
 * so that it also sees what the guard refuses and what is refused behind it.
 */
import { ServingError } from '../errors.ts';
import type { Ending, Exchange } from '../http/exchange.ts';
import type { RouteFacts } from '../http/route-facts.ts';
import type { Audit } from '../telemetry/audit/audit.ts';
import type { Actor, AuditEvent, AuditFacts } from '../telemetry/audit/entry.ts';
import { textOfAddress } from './address.ts';
import type { ClientAddress } from './client-address.ts';
import type { Guard } from './guard.ts';
import { CHANGES } from './rules.ts';

/** What was refused, by the code of the answer. */
const REFUSALS: Readonly<Record<string, AuditEvent>> = {
  UNAUTHENTICATED: 'authn_login_fail',
  FORBIDDEN: 'authz_fail',
  RATE_LIMITED: 'excess_rate_limit_exceeded',
  QUOTA_EXCEEDED: 'excess_rate_limit_exceeded',
};

type Recorder = Pick<Audit, 'record' | 'takesChanges'>;

/** `audit`: undefined where there is no audit log. */
export function audited(
  audit: Recorder | undefined,
  clientAddress: Pick<ClientAddress, 'of'>,
  guard: Guard,
): Guard {
  if (audit === undefined) return guard;
  return (exchange, route) => {
    // There is none any more when the request has ended.
    const address = textOfAddress(clientAddress.of(exchange));
    exchange.onEnd((ending, error) => {
      const facts = factsOf(exchange, route, address, ending, error);
      if (facts !== undefined) audit.record(facts);
    });
    if (CHANGES.has(route.access) && !audit.takesChanges) {
      const message = 'The audit log cannot be written, and without it nothing is changed here.';
      throw new ServingError('AUDIT_UNAVAILABLE', message);
    }
    return guard(exchange, route);
  };
}

/** Undefined when the request is none that is written down. */
function factsOf(
  exchange: Exchange,
  { access, pattern }: RouteFacts,
  address: string,
  ending: Ending,
  error: ServingError | undefined,
): AuditFacts | undefined {
  const { identity, head, model } = exchange;
  const changes = CHANGES.has(access);
  const refusal = error && (REFUSALS[error.code] ?? (changes ? HIDDEN[error.code] : undefined));
  if (refusal === undefined && !changes) return undefined;
  const parameters = new Map(
    (pattern.match(/:\w+/g) ?? []).map((name, at) => [name.slice(1), head.parameters[at] ?? '']),
  );
  const outcome = refusal === undefined ? (ending === 'answered' ? 'done' : 'failed') : 'refused';
  return {
    event: refusal ?? 'authz_admin',
    about: refusal === 'authn_login_fail' ? [] : [`${head.method} ${pattern}`],
    // Other messages may have words of the caller in them.
    description: (refusal && error?.message) ?? DESCRIPTIONS[ending],
    actor: actorOf(identity),
    outcome,
    address,
    requestId: head.requestId,
    method: head.method,
    route: pattern,
    status: error?.status,
    code: error?.code,
    model: model?.model ?? parameters.get('model'),
    version: model?.version,
    // Both have been found to be what the route takes.
    details: outcome === 'done' ? { ...Object.fromEntries(parameters), query: head.query } : undefined,
  };
}

/** Refusals of routes that change the server, which do not say that these exist. */
const HIDDEN: Readonly<Record<string, AuditEvent>> = { ROUTE_NOT_FOUND: 'authz_fail' };

const DESCRIPTIONS: Readonly<Record<Ending, string>> = {
  answered: 'The call was made.',
  failed: 'The call has failed.',
  expired: 'The call was not over before its deadline.',
  abandoned: 'The caller has left before the call was over.',
};

const actorOf = (identity: Exchange['identity']): Actor =>
  identity === undefined ? { kind: 'anyone' } : { kind: identity.kind, id: identity.id };
