/** The refusals of authentication, with the header that says what is missing (RFC 6750, section 3). */
import { ServingError } from '../errors.ts';
import type { Scope } from './identity.ts';

const REALM = 'Bearer realm="ortolan"';

type Headers = readonly (readonly [string, string])[];

/** Texts are our own and have no quotes or backslashes. */
const challenge = (error?: string, description?: string, scope?: Scope): Headers => {
  const fields = [
    REALM,
    ...(error === undefined ? [] : [`error="${error}"`]),
    ...(description === undefined ? [] : [`error_description="${description}"`]),
    ...(scope === undefined ? [] : [`scope="${scope}"`]),
  ];
  return [['www-authenticate', fields.join(', ')]];
};

/** No credentials at all: the challenge has no error then. */
export const credentialsMissing = (): ServingError =>
  new ServingError(
    'UNAUTHENTICATED',
    'This needs an API key or a token: send Authorization: Bearer …, or x-api-key: ….',
    { headers: challenge() },
  );

/** Credentials that are not valid, or no longer. */
export const credentialsInvalid = (message: string): ServingError =>
  new ServingError('UNAUTHENTICATED', message, { headers: challenge('invalid_token', message) });

/** There is no registered name for what TLS does; a 401 needs one (RFC 9110, 15.5.2). */
const CERTIFICATE: Headers = [['www-authenticate', 'Certificate realm="ortolan"']];

/** No certificate was shown in the handshake. */
export const certificateMissing = (): ServingError =>
  new ServingError(
    'UNAUTHENTICATED',
    'This needs a client certificate, by an authority that the server knows.',
    { headers: CERTIFICATE },
  );

/** A certificate of a known authority that is of no use. */
export const certificateRefused = (message: string): ServingError =>
  new ServingError('UNAUTHENTICATED', message, { headers: CERTIFICATE });

/** Credentials in a form that leaves open which of them counts. */
export const credentialsUnclear = (message: string): ServingError =>
  new ServingError('BAD_HEADER', message, { headers: challenge('invalid_request', message) });

/** Credentials that do not suffice. */
export const forbidden = (message: string, scope?: Scope): ServingError =>
  new ServingError('FORBIDDEN', message, { headers: challenge('insufficient_scope', undefined, scope) });
