/** The caller that the claims of a verified token describe. Pure. */
import type { JWTPayload } from 'jose';
import { SCOPES, type Identity, type Scope } from '../identity.ts';

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

/** Longest subject: it is written to the log and counted by. */
const MAX_SUBJECT = 256;

/** Names the models that a token may use, where it is not all. */
export const MODELS_CLAIM = 'ortolan_models';

/** Undefined when a claim has a form that leaves open what is meant. */
export function identityOf(claims: JWTPayload): Identity | undefined {
  const { sub, scope, scp } = claims;
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT) return undefined;
  // `scope` is a text (RFC 8693, 4.2), and `scp` a text or a list, as issuers write it.
  const scopes = wordsOf(scope ?? scp ?? []);
  const models = claims[MODELS_CLAIM];
  const allowed = models === undefined ? undefined : wordsOf(models);
  if (scopes === undefined || (models !== undefined && allowed === undefined)) return undefined;
  return {
    kind: 'token',
    id: sub,
    name: sub,
    // Those of other services are none of ours.
    scopes: new Set(scopes.filter((one): one is Scope => KNOWN.has(one))),
    models: allowed && new Set(allowed),
  };
}

function wordsOf(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '');
  return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
}
