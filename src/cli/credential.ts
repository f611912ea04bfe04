/** The API key or token that commands send to a server which asks for one. Never on the command line, which others can read. */
import { resolve } from 'node:path';
import { KeyFileError } from '../config/secrets/key-file.ts';
import { readSecretText } from '../config/secrets/secret-text.ts';
import { otherSetting } from '../config/sources.ts';
import { CliError } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

/** Of commands that ask a server. */
export const KEY_FLAG = [
  '--key-file <path>',
  'file of the API key or token to send; by default that of ORTOLAN_API_KEY_FILE, or ORTOLAN_API_KEY itself, if any',
] as const;

/** The headers that say who asks; empty when nothing is given. @throws CliError when the file cannot be used */
export function credentialOf(
  typed: Readonly<Record<string, unknown>>,
  { env, cwd }: Terminal,
): Readonly<Record<string, string>> {
  const file = typed['keyFile'] ?? otherSetting('ORTOLAN_API_KEY_FILE', env, cwd);
  try {
    const key =
      typeof file === 'string'
        ? readSecretText(resolve(cwd, file))
        : otherSetting('ORTOLAN_API_KEY', env, cwd)?.trim();
    // Not echoed: it is a secret.
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
      throw new CliError(2, 'the API key has characters that none has.');
    return key === undefined ? {} : { authorization: `Bearer ${key}` };
  } catch (error) {
    if (error instanceof KeyFileError) throw new CliError(2, error.message);
    throw error;
  }
}
