/** Keys of a test's own. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { known, type PublicKey } from '../../src/repository/trust/public-keys.ts';

export interface SigningKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
  /** Files in PEM. */
  readonly privateFile: string;
  readonly publicFile: string;
}

/** A new key pair, also as files in `folder`. */
export function signingKeys(folder: string, name = 'key', namedCurve = 'P-256'): SigningKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const privateFile = join(folder, `${name}.pem`);
  const publicFile = join(folder, `${name}.pub.pem`);
  writeFileSync(privateFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
  return { privateKey, publicKey: known(publicKey, publicFile), privateFile, publicFile };
}
