/** Who calls: credentials that are checked, and the keys that they are checked with. */
import type { Audit } from '../../audit/audit.ts';
import { authorityChanged } from '../../audit/changes.ts';
import { plain, type Log } from '../../log/log.ts';
import type { Metrics } from '../../metrics/metrics.ts';

type Used = Pick<Metrics, 'authentications' | 'apiKeys' | 'apiKeyReads' | 'keySetReads' | 'keySetKeys'>;

export class AuthenticationEvents {
  readonly #log: Log;
  readonly #metrics: Used;
  readonly #audit: Pick<Audit, 'record'> | undefined;
  #keySetFailing = false;

  constructor(log: Log, metrics: Used, audit?: Pick<Audit, 'record'>) {
    this.#log = log;
    this.#audit = audit;
    this.#metrics = metrics;
  }

  /** Anyone who reaches the address may use the server. */
  openToNetwork(host: string): void {
    this.#log.warn(
      { host },
      'NO AUTHENTICATION on an address that others can reach: whoever reaches it can use this server. Set apiKeysFile, jwtJwks or tlsClientCaFile, or host 127.0.0.1; unauthenticated refuse makes this an error.',
    );
  }

  /** `kind` of credentials, and what became of them: words of ours, never of a client. */
  checked(kind: string, outcome: string): void {
    this.#metrics.authentications.inc({ kind, outcome });
  }

  keysRead(file: string, keys: number, active: number): void {
    this.#metrics.apiKeys.set(active);
    this.#metrics.apiKeyReads.inc({ outcome: 'ok' });
    this.#log.info({ file, keys, active }, 'api keys read');
    this.#audit?.record(authorityChanged('api keys', { file, keys, active }));
  }

  keysRefused(file: string, reason: string): void {
    this.#metrics.apiKeyReads.inc({ outcome: 'failed' });
    this.#log.error(
      { file, reason: plain(reason) },
      'the file of api keys cannot be used: the last good keys stay',
    );
    this.#audit?.record(authorityChanged('api keys', { file }, reason));
  }

  keySetRead(keys: number): void {
    this.#metrics.keySetReads.inc({ outcome: 'ok' });
    this.#metrics.keySetKeys.set(keys);
    if (this.#keySetFailing) this.#log.info({ keys }, 'the key set of the issuer is read again');
    this.#keySetFailing = false;
  }

  /** Every attempt is counted; the first of a row is logged. `ageMs`: of the set that stays. */
  keySetFailed(reason: string, ageMs: number | undefined): void {
    this.#metrics.keySetReads.inc({ outcome: 'failed' });
    if (this.#keySetFailing) return;
    this.#keySetFailing = true;
    const facts = { reason: plain(reason), ...(ageMs !== undefined && { age_s: Math.round(ageMs / 1000) }) };
    if (ageMs === undefined)
      this.#log.error(facts, 'the key set of the issuer cannot be read: tokens are refused');
    else this.#log.error(facts, 'the key set of the issuer cannot be read: the last good one stays');
  }
}
