/** The API keys of one file, and who a key is from. */
import { timingSafeEqual } from 'node:crypto';
import type { CallerLimits, Identity } from '../identity.ts';
import { rateOf } from '../rate.ts';
import { digestOfKey, idOfKey } from './key-text.ts';
import type { Row } from './keys-file.ts';

/** Why a key is refused. All but `unknown` are for those who have the key itself. */
export type KeyFault = 'malformed' | 'unknown' | 'expired' | 'revoked';

interface Entry {
  readonly digest: Buffer;
  readonly identity: Identity;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly revoked: boolean;
}

/** What a digest is compared with where there is no row: so that it takes as long. */
const NOBODY = Buffer.alloc(32);

export class KeySet {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(rows: readonly Row[]) {
    this.#entries = new Map(rows.map((row) => [row.id, entryOf(row)]));
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Keys that are accepted at that time, in milliseconds since 1970. */
  active(now: number): number {
    let count = 0;
    for (const { revoked, expiresAt } of this.#entries.values()) if (!revoked && now < expiresAt) count++;
    return count;
  }

  /** Who the key is from. `now`: in milliseconds since 1970. */
  find(key: string, now: number): Identity | KeyFault {
    const id = idOfKey(key);
    if (id === undefined) return 'malformed';
    const entry = this.#entries.get(id);
    const same = timingSafeEqual(digestOfKey(key), entry?.digest ?? NOBODY);
    if (!same || entry === undefined) return 'unknown';
    if (entry.revoked) return 'revoked';
    return now < entry.expiresAt ? entry.identity : 'expired';
  }
}

function entryOf({ id, name, sha256, scopes, models, limits, expires, revoked }: Row): Entry {
  return {
    digest: Buffer.from(sha256, 'hex'),
    identity: {
      kind: 'key',
      id,
      name,
      scopes: new Set(scopes),
      models: models && new Set(models),
      limits: limits && limitsOf(limits),
    },
    expiresAt: expires === undefined ? Infinity : Date.parse(expires),
    revoked: revoked !== undefined,
  };
}

const limitsOf = ({ rate, burst, concurrency, daily }: NonNullable<Row['limits']>): CallerLimits => ({
  rate: rate === undefined ? undefined : rateOf(rate),
  burst,
  concurrency,
  daily,
});
