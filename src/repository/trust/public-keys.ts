/** Public keys that signatures are verified with: EC keys of the curves that OpenSSF model-signing knows, in PEM. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { KeyFileError, readKeyFile, type KeyFileKind } from '../../config/secrets/key-file.ts';
import { ModelError } from '../model-error.ts';

export interface PublicKey {
  /** sha256 of its PEM text, as `sha256sum` prints it: what a signature calls its key. */
  readonly id: string;
  readonly key: KeyObject;
  /** The digest that is signed. */
  readonly hash: string;
}

const HASHES: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

/**
 * The keys in all of the files; a file may hold several.
 * @throws ModelError when a file cannot be read, can be written by anybody, or holds anything but such keys
 */
export const readPublicKeys = (files: readonly string[]): readonly PublicKey[] =>
  files.flatMap((file) => keysIn(file));

function keysIn(file: string): readonly PublicKey[] {
  const blocks = [...keyFileAt(file, 'public').toString('latin1').matchAll(BLOCK)];
  if (blocks.length === 0) throw new ModelError(`${file} has no public key in PEM ("BEGIN PUBLIC KEY").`);
  return blocks.map(([pem, label]) => {
    if (label?.includes('PRIVATE') === true) {
      throw new ModelError(
        `${file} is a private key: give its public one, made by openssl pkey -in ${file} -pubout, and keep the private one from here.`,
      );
    }
    return publicKeyOf(pem, file);
  });
}

function publicKeyOf(pem: string, file: string): PublicKey {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    throw new ModelError(`${file} has a public key that cannot be read.`);
  }
  return known(key, file);
}

/** What is needed of a key. @throws ModelError when it is of a kind that model-signing does not know */
export function known(key: KeyObject, file: string): PublicKey {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? '';
  const hash = HASHES[curve];
  if (key.asymmetricKeyType !== 'ec' || hash === undefined) {
    const kind = curve === '' ? (key.asymmetricKeyType ?? 'no kind') : curve;
    throw new ModelError(
      `${file} is a key of ${kind}: model signatures take EC keys of P-256, P-384 or P-521.`,
    );
  }
  const pem = key.export({ type: 'spki', format: 'pem' });
  return { id: createHash('sha256').update(pem).digest('hex'), key, hash };
}

/** The content of a file with a key. @throws ModelError when others could read or replace it */
export function keyFileAt(file: string, kind: KeyFileKind): Buffer {
  try {
    return readKeyFile(file, kind);
  } catch (error) {
    if (error instanceof KeyFileError) throw new ModelError(error.message);
    throw error;
  }
}

/** The first digits of a key's id, enough to tell keys apart in a sentence. */
export const shortId = (id: string): string => id.slice(0, 12);
