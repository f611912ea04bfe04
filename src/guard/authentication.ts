/** Says who a request is from: an API key, a token, or, without one, the certificate of its connection. */
import { ServingError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { credentialsInvalid, credentialsMissing } from './challenge.ts';
import { credentialOf } from './credentials.ts';
import type { Authentication } from './guard.ts';
import type { Identity } from './identity.ts';
import type { KeyFault, KeySet } from './keys/key-set.ts';
import { KEY_PREFIX } from './keys/key-text.ts';
import { TokenRefused, type TokenFault, type Verifier } from './token/verifier.ts';

/** What became of the credentials of a request. */
export type Outcome = 'accepted' | 'missing' | 'ambiguous' | KeyFault | TokenFault;

export interface AuthenticationParts {
  /** Undefined: no API key is taken. */
  readonly keys: { readonly current: KeySet } | undefined;
  /** Undefined: no token is taken. */
  readonly tokens: Pick<Verifier, 'verify'> | undefined;
  /** The caller that the certificate of a connection names, for requests without other credentials. */
  readonly certificate?: ((exchange: Exchange) => Identity | undefined) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly checked: (kind: Identity['kind'] | 'none', outcome: Outcome) => void;
}

const KEY_SENTENCES: Readonly<Record<KeyFault, string>> = {
  malformed: 'The API key is not valid.',
  unknown: 'The API key is not valid.',
  expired: 'The API key has expired.',
  revoked: 'The API key has been revoked.',
};

const NONE: readonly never[] = [];

export class KeysAndTokens implements Authentication {
  readonly #parts: AuthenticationParts;

  constructor(parts: AuthenticationParts) {
    this.#parts = parts;
  }

  identify(exchange: Exchange): Identity | Promise<Identity> {
    const { keys, tokens, certificate, checked } = this.#parts;
    const credential = this.#credentialOf(exchange);
    if (credential === undefined) {
      const identity = certificate?.(exchange);
      checked(
        identity === undefined ? 'none' : 'certificate',
        identity === undefined ? 'missing' : 'accepted',
      );
      if (identity === undefined) throw credentialsMissing();
      return identity;
    }
    const isKey = tokens === undefined || credential.startsWith(KEY_PREFIX);
    if (isKey) return this.#key(credential, keys?.current);
    return this.#token(credential, tokens);
  }

  #credentialOf({ head }: Exchange): string | undefined {
    try {
      return credentialOf(head.credentials ?? NONE);
    } catch (error) {
      this.#parts.checked('none', 'ambiguous');
      throw error;
    }
  }

  #key(key: string, keys: KeySet | undefined): Identity {
    const found = keys === undefined ? 'unknown' : keys.find(key, this.#parts.now());
    if (typeof found !== 'string') {
      this.#parts.checked('key', 'accepted');
      return found;
    }
    this.#parts.checked('key', found);
    throw credentialsInvalid(KEY_SENTENCES[found]);
  }

  #token(token: string, tokens: Pick<Verifier, 'verify'>): Identity | Promise<Identity> {
    try {
      const identity = tokens.verify(token);
      if (!(identity instanceof Promise)) {
        this.#parts.checked('token', 'accepted');
        return identity;
      }
      return identity.then(
        (known) => {
          this.#parts.checked('token', 'accepted');
          return known;
        },
        (error: unknown) => {
          throw this.#refusalOf(error);
        },
      );
    } catch (error) {
      throw this.#refusalOf(error);
    }
  }

  #refusalOf(error: unknown): unknown {
    if (!(error instanceof TokenRefused)) return error;
    this.#parts.checked('token', error.fault);
    if (error.fault !== 'no_keys') return credentialsInvalid(error.message);
    return new ServingError('KEYS_UNAVAILABLE', error.message);
  }
}
