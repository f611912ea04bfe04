/**
 * The one credential of a request: `Authorization: Bearer …`, a key or a token, or `x-api-key: …`, a key. Pure.
 * @see RFC 6750, sections 2 and 3.1: a request that uses more than one is malformed.
 */
import type { Credential } from '../http/head.ts';
import { credentialsUnclear } from './challenge.ts';

/** RFC 6750, 2.1, with one space or several. The scheme is a word of any case (RFC 9110, 11.1). */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const SCHEME = /^bearer(?: |$)/i;

/** Undefined: none. @throws ServingError BAD_HEADER when it is not clear which one counts */
export function credentialOf(sent: readonly Credential[]): string | undefined {
  let bearer: string | undefined;
  let apiKey: string | undefined;
  let authorizations = 0;
  for (const { name, value } of sent) {
    if (name === 'authorization') {
      if (++authorizations > 1)
        throw credentialsUnclear('The request has more than one Authorization header.');
      // One of another scheme is meant for somebody else: a proxy in front.
      if (!SCHEME.test(value)) continue;
      bearer = BEARER.exec(value)?.[1];
      if (bearer === undefined) {
        throw credentialsUnclear(
          'The Authorization header is not of the form: Bearer, a space, one key or token.',
        );
      }
    } else {
      if (apiKey !== undefined) throw credentialsUnclear('The request has more than one x-api-key header.');
      apiKey = value;
    }
  }
  if (bearer !== undefined && apiKey !== undefined && bearer !== apiKey) {
    throw credentialsUnclear('Authorization and x-api-key say different things: send one of them.');
  }
  return bearer ?? apiKey;
}
