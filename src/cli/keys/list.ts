/** `ortolan keys list`: what each key may do, and until when. The keys themselves are not known. */
import type { Row } from '../../guard/keys/keys-file.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { keysFileOf, keysIn } from './keys-on-disk.ts';

const HEAD = ['ID', 'NAME', 'STATE', 'SCOPES', 'MODELS', 'LIMITS', 'CREATED', 'EXPIRES'];

/** @throws CliError */
export function listKeys(typed: Readonly<Record<string, unknown>>, terminal: Terminal): void {
  const keys = keysIn(keysFileOf(typed, terminal));
  const now = Date.now();
  if (typed['json'] === true) {
    // Without the digest, which nobody needs; JSON leaves out what is undefined.
    const shown = keys.map((row) => ({ ...row, sha256: undefined, state: stateOf(row, now) }));
    return terminal.out(JSON.stringify({ keys: shown }));
  }
  const rows = keys.map((row) => [
    row.id,
    row.name,
    stateOf(row, now),
    row.scopes.join(','),
    row.models?.join(',') ?? 'all',
    Object.entries(row.limits ?? {})
      .map(([name, value]) => `${name} ${value}`)
      .join(', ') || '-',
    dayOf(row.created),
    row.expires === undefined ? 'never' : dayOf(row.expires),
  ]);
  terminal.out(tableLines(HEAD, rows).join('\n'));
}

const stateOf = ({ revoked, expires }: Pick<Row, 'revoked' | 'expires'>, now: number): string => {
  if (revoked !== undefined) return 'revoked';
  return expires !== undefined && Date.parse(expires) <= now ? 'expired' : 'active';
};

const dayOf = (time: string): string => time.slice(0, 'yyyy-mm-dd'.length);
