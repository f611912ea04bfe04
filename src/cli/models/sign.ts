/** `ortolan models sign`: signs the versions of a model, so that servers with the public key take them and no others. */
import { resolve } from 'node:path';
import { KeyFileError } from '../../config/secrets/key-file.ts';
import { readSecretText } from '../../config/secrets/secret-text.ts';
import { ModelError } from '../../repository/model-error.ts';
import { readPrivateKey, signVersion } from '../../repository/trust/sign.ts';
import { CliError } from '../cli-error.ts';
import { configOf } from '../config-flags.ts';
import { printable } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { chosen, faultsOf, report, scan, versionsOf, type Chosen } from './on-disk.ts';

/** @throws CliError with exit code 1 when the key or a version cannot be used */
export async function signModel(
  { name, version: only }: Chosen,
  typed: Readonly<Record<string, unknown>>,
  terminal: Terminal,
): Promise<void> {
  const { config } = configOf(typed, terminal);
  // What is to be signed is not held to the signature that it has.
  const untrusting = { ...config, modelPublicKeys: [], modelsSignedOnly: 'off' } as const;
  const { models, unavailable, warnings } = chosen(await scan(untrusting), name);
  const unusable = [...unavailable, ...models.flatMap(faultsOf)];
  report({ unusable, warnings }, terminal);
  if (unusable.length > 0) throw new CliError(1, 'Nothing was signed.');
  const keyFile = resolve(terminal.cwd, String(typed['privateKey']));
  try {
    const passphrase = typed['passphraseFile'];
    const key = readPrivateKey(
      keyFile,
      typeof passphrase === 'string' ? readSecretText(resolve(terminal.cwd, passphrase)) : undefined,
    );
    for (const entry of models) {
      for (const version of versionsOf(entry, only)) {
        const { path, files } = await signVersion(entry, version, key, keyFile);
        terminal.out(printable(`${entry.name} ${version.version}: ${files} files signed in ${path}`));
      }
    }
  } catch (error) {
    if (error instanceof ModelError || error instanceof KeyFileError) throw new CliError(1, error.message);
    throw error;
  }
}
