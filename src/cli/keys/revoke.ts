/** `ortolan keys revoke`: ends keys, by id or all of a name. A server that reads the file refuses them a second later. */
import { idOfKey, KEY_ID } from '../../guard/keys/key-text.ts';
import { CliError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';
import { changeKeys, keysFileOf } from './keys-on-disk.ts';

/** @throws CliError */
export async function revokeKeys(
  typedIds: readonly string[],
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const file = keysFileOf(typed, terminal);
  const { name } = typed;
  const ids = new Set(typedIds.map(idOf));
  if ((name === undefined) === (ids.size === 0))
    throw new CliError(2, 'say which keys: their ids, or --name.');
  const revoked = new Date().toISOString();
  let ended: string[] = [];
  await changeKeys(file, (keys) => {
    const meant = keys.filter((row) => (name === undefined ? ids.has(row.id) : row.name === name));
    const unknown = [...ids].find((id) => !meant.some((row) => row.id === id));
    if (unknown !== undefined) throw new CliError(1, `there is no key ${unknown} in ${file}.`);
    if (meant.length === 0) throw new CliError(1, `there is no key of ${String(name)} in ${file}.`);
    ended = meant.filter((row) => row.revoked === undefined).map((row) => row.id);
    return keys.map((row) => (ended.includes(row.id) ? { ...row, revoked } : row));
  });
  terminal.err(ended.length === 0 ? 'Revoked before; nothing has changed.' : `Revoked: ${ended.join(', ')}.`);
}

/** A key that has leaked may be given whole. */
function idOf(text: string): string {
  const id = idOfKey(text) ?? text;
  // Not echoed: it may be a key with a mistake in it.
  if (!KEY_ID.test(id))
    throw new CliError(2, 'an id has 12 letters and digits; `ortolan keys list` shows it.');
  return id;
}
