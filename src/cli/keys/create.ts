/** `ortolan keys create`: a new API key, printed once. */
import { digestOfKey, newKey } from '../../guard/keys/key-text.ts';
import { parseKeys, KeysFileFault, textOfKeys, type Row } from '../../guard/keys/keys-file.ts';
import { SCOPES, type Scope } from '../../guard/identity.ts';
import { rateOf } from '../../guard/rate.ts';
import { CliError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';
import { expiryOf } from './expiry.ts';
import { changeKeys, keysFileOf } from './keys-on-disk.ts';

type Typed = Readonly<Record<string, unknown>>;

/** @throws CliError */
export async function createKey(typed: Typed, terminal: Terminal): Promise<void> {
  const file = keysFileOf(typed, terminal);
  const { id, text } = newKey();
  const row = rowOf(id, text, typed, Date.now());
  await changeKeys(file, (keys) => [...keys, row]);
  terminal.err(
    `Key ${id} of ${row.name}: ${[...row.scopes].join(', ')}${row.expires === undefined ? ', without expiry' : `, until ${row.expires}`}. This is the only time that it is shown.`,
  );
  terminal.out(text);
}

function rowOf(id: string, key: string, typed: Typed, now: number): Row {
  const limits = limitsOf(typed);
  const models = listOf(typed['models']);
  const row: Row = {
    id,
    name: String(typed['name']),
    sha256: digestOfKey(key).toString('hex'),
    scopes: scopesOf(typed['scope']),
    ...(models.length > 0 && { models }),
    ...(Object.keys(limits).length > 0 && { limits }),
    created: new Date(now).toISOString(),
    ...(typeof typed['expires'] === 'string' && { expires: expiryOf(typed['expires'], now) }),
  };
  try {
    // What the server would refuse is not written.
    parseKeys(textOfKeys([row]));
  } catch (error) {
    if (error instanceof KeysFileFault)
      throw new CliError(2, `this key ${error.message.replace('/keys/0/', '')}`);
    throw error;
  }
  return row;
}

function scopesOf(value: unknown): Scope[] {
  const names = [...new Set(listOf(value))];
  const wrong = names.find((name) => !SCOPES.includes(name as Scope));
  if (wrong !== undefined || names.length === 0) {
    throw new CliError(
      2,
      `--scope takes a list of ${SCOPES.join(', ')}${wrong === undefined ? '' : `, not ${wrong}`}.`,
    );
  }
  return names as Scope[];
}

function limitsOf(typed: Typed): NonNullable<Row['limits']> {
  const { rate } = typed;
  if (rate !== undefined && (typeof rate !== 'string' || rateOf(rate) === undefined)) {
    throw new CliError(2, `--rate takes a number of requests in a time, such as 5/s, 300/min or 1000/h.`);
  }
  if (typed['burst'] !== undefined && rate === undefined) throw new CliError(2, '--burst goes with --rate.');
  const counts = (['burst', 'concurrency', 'daily'] as const).flatMap((name) => {
    const value = typed[name];
    if (value === undefined) return [];
    if (typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value)) return [[name, Number(value)] as const];
    throw new CliError(2, `--${name} takes a whole number from 1 on.`);
  });
  return { ...(typeof rate === 'string' && { rate }), ...Object.fromEntries(counts) };
}

const listOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '')
    : [];
