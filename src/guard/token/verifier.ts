/**
 * Who a token (JWT, RFC 7519) is from: its signature by a key of the issuer, and its claims. Everything that the standard
 * leaves open is demanded: issuer, audience, algorithm, expiry and subject.
 */
import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions, JWTVerifyResult } from 'jose';
import type { Identity } from '../identity.ts';
import { identityOf } from './claims.ts';
import type { KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { digestOfToken, type Verdicts } from './verdicts.ts';

/** Why a token is refused; `no_keys` is the server's own fault. */
export type TokenFault =
  'malformed' | 'algorithm' | 'unknown_key' | 'signature' | 'expired' | 'claims' | 'no_keys';

/** A token is refused. The message is a sentence for the client. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
  readonly fault: TokenFault;

  constructor(fault: TokenFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }
}

export interface TokenRules {
  readonly issuer: string;
  /** The token must name one of these. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** By which the clocks of issuer and server may differ. */
  readonly toleranceMs: number;
}

export interface VerifierParts {
  readonly jose: Pick<typeof import('jose'), 'jwtVerify' | 'decodeProtectedHeader'>;
  readonly keys: KeySource<KeySet>;
  readonly rules: TokenRules;
  readonly verdicts: Verdicts;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Longer than tokens are; the head of a request has a limit of its own. */
const MAX_LENGTH = 16_384;
const MAX_KEY_ID = 256;

/** Keys tried for a token that does not say which one has signed it. */
const MAX_TRIED = 8;

export class Verifier {
  readonly #parts: VerifierParts;
  readonly #options: JWTVerifyOptions;

  constructor(parts: VerifierParts) {
    const { issuer, audiences, algorithms, toleranceMs } = parts.rules;
    this.#parts = parts;
    this.#options = {
      issuer,
      audience: [...audiences],
      algorithms: [...algorithms],
      clockTolerance: toleranceMs / 1000,
      requiredClaims: ['exp', 'sub'],
    };
  }

  /** At once when the token was verified a short time ago. @throws TokenRefused, or rejects with it */
  verify(token: string): Identity | Promise<Identity> {
    if (token.length > MAX_LENGTH) throw new TokenRefused('malformed', 'The token is too long.');
    const digest = digestOfToken(token);
    return this.#parts.verdicts.find(digest) ?? this.#verify(token, digest);
  }

  async #verify(token: string, digest: string): Promise<Identity> {
    const { keys, verdicts, rules } = this.#parts;
    this.#checkHead(token);
    if (keys.current === undefined) await keys.readEarly();
    const first = keys.current;
    if (first === undefined) {
      throw new TokenRefused(
        'no_keys',
        'Tokens cannot be verified now: the keys of their issuer are not known yet.',
      );
    }
    let used = first;
    let claims: JWTPayload;
    try {
      claims = await this.#claims(token, used);
    } catch (error) {
      if (codeOf(error) !== NO_KEY) throw refusalOf(error);
      // The key may be new.
      await keys.readEarly();
      used = keys.current ?? first;
      if (used === first) throw refusalOf(error);
      claims = await this.#claims(token, used).catch((again: unknown) => {
        throw refusalOf(again);
      });
    }
    const identity = identityOf(claims);
    if (identity === undefined) {
      throw new TokenRefused(
        'claims',
        'The sub, scope or ortolan_models of the token is not of a form that is taken.',
      );
    }
    // What was verified with keys that have been replaced meanwhile is not kept.
    if (used === keys.current) verdicts.keep(digest, identity, claims.exp! * 1000 + rules.toleranceMs);
    return identity;
  }

  /** Before anything is done for a token: whether its head can be one. */
  #checkHead(token: string): void {
    let head;
    try {
      head = this.#parts.jose.decodeProtectedHeader(token);
    } catch (error) {
      throw new TokenRefused('malformed', 'This is neither an API key nor a token (JWT).', error);
    }
    if (head.kid !== undefined && (typeof head.kid !== 'string' || head.kid.length > MAX_KEY_ID)) {
      throw new TokenRefused('malformed', 'The kid of the token is not of a form that is taken.');
    }
  }

  async #claims(token: string, { keyOf }: KeySet): Promise<JWTPayload> {
    const { jose, now } = this.#parts;
    const options = { ...this.#options, currentDate: new Date(now()) };
    const verify = (key: JWTVerifyGetKey): Promise<JWTVerifyResult> => jose.jwtVerify(token, key, options);
    try {
      return (await verify(keyOf)).payload;
    } catch (error) {
      if (codeOf(error) !== SEVERAL_KEYS) throw error;
      let tried = 0;
      for await (const key of error as AsyncIterable<Awaited<ReturnType<JWTVerifyGetKey>>>) {
        if (++tried > MAX_TRIED) break;
        try {
          return (await verify(() => key)).payload;
        } catch (next) {
          if (codeOf(next) !== BAD_SIGNATURE) throw next;
        }
      }
      throw new TokenRefused('signature', SENTENCES.signature);
    }
  }
}

const NO_KEY = 'ERR_JWKS_NO_MATCHING_KEY';
const SEVERAL_KEYS = 'ERR_JWKS_MULTIPLE_MATCHING_KEYS';
const BAD_SIGNATURE = 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED';

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | null)?.code;

/** By the codes of jose's errors. */
const FAULTS: Readonly<Record<string, Exclude<TokenFault, 'no_keys'>>> = {
  ERR_JWT_EXPIRED: 'expired',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'claims',
  [BAD_SIGNATURE]: 'signature',
  [NO_KEY]: 'unknown_key',
  ERR_JOSE_ALG_NOT_ALLOWED: 'algorithm',
  ERR_JOSE_NOT_SUPPORTED: 'algorithm',
  ERR_JWS_INVALID: 'malformed',
  ERR_JWT_INVALID: 'malformed',
};

const SENTENCES = {
  expired: 'The token has expired.',
  signature: 'The signature of the token is not valid.',
  unknown_key: 'The token is signed with a key that its issuer does not publish.',
  algorithm: 'The token is signed with an algorithm that is not taken here.',
  malformed: 'The token is not a signed JWT.',
} as const;

const CLAIMS: ReadonlySet<unknown> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'sub']);

function refusalOf(error: unknown): TokenRefused {
  if (error instanceof TokenRefused) return error;
  // What has no code comes from the key itself: one of another kind than its algorithm, or too short.
  const fault = FAULTS[codeOf(error) ?? ''] ?? 'signature';
  if (fault !== 'claims') return new TokenRefused(fault, SENTENCES[fault], error);
  const { claim } = error as { claim?: unknown };
  const which = CLAIMS.has(claim) ? `${String(claim)} of the token` : 'a claim of the token';
  return new TokenRefused('claims', `The ${which} is missing, or not what this server takes.`, error);
}
