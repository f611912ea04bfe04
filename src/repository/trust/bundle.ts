/**
 * A signature as a file: a bundle of Sigstore v0.3 with a DSSE envelope, made with an EC key. The same bytes that
 * `model_signing sign key` writes and `model_signing verify key` reads.
 */
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { known, shortId, type PublicKey } from './public-keys.ts';
import {
  invalid,
  listOf,
  objectOf,
  parseStatement,
  shown,
  textOf,
  unsupported,
  type Statement,
} from './statement.ts';
import { TrustError } from './trust-error.ts';

export interface Verified {
  /** Id of the key. */
  readonly signer: string;
  readonly statement: Statement;
}

/** The signature of 10,000 files takes some 3 MiB. */
export const MAX_BUNDLE_BYTES = 8 * 1024 * 1024;

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What is signed instead of the payload alone, so that its type is signed too (DSSE, PAE). */
const encoded = (payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);

/**
 * What a signature says, if one of the keys has made it.
 * @throws TrustError without the name of the file
 */
export function verifyBundle(bytes: Buffer, keys: readonly PublicKey[]): Verified {
  if (bytes.length > MAX_BUNDLE_BYTES) throw unsupported(`it is larger than ${MAX_BUNDLE_BYTES} bytes`);
  const { mediaType, verificationMaterial, dsseEnvelope } = objectOf(parsed(bytes), 'it');
  if (mediaType !== MEDIA_TYPE) throw unsupported(`it is ${shown(mediaType)}, not ${MEDIA_TYPE}`);
  const { publicKey } = objectOf(verificationMaterial, 'its verificationMaterial');
  if (publicKey === undefined) {
    throw unsupported('it was made with a certificate, or without a key by Sigstore: sign with an EC key');
  }
  const { hint } = objectOf(publicKey, 'its public key');
  const { payload, payloadType, signatures } = objectOf(dsseEnvelope, 'its dsseEnvelope');
  if (payloadType !== PAYLOAD_TYPE) throw unsupported(`it is of ${shown(payloadType)}`);
  const [only, another] = listOf(signatures, 'its signatures');
  if (another !== undefined) throw unsupported('it has several signatures');
  const content = bytesOf(payload, 'its payload');
  const signature = bytesOf(objectOf(only, 'its signature')['sig'], 'its signature');
  // Signers before 1.0.1 named no key.
  const candidates = typeof hint === 'string' && hint !== '' ? keys.filter(({ id }) => id === hint) : keys;
  if (candidates.length === 0) throw new TrustError('foreign', foreign(hint, keys));
  const signed = encoded(content);
  const signer = candidates.find(({ key, hash }) =>
    verify(hash, signed, { key, dsaEncoding: 'der' }, signature),
  );
  if (signer === undefined) throw invalid('it does not verify: it was changed, or belongs to something else');
  return { signer: signer.id, statement: parseStatement(content.toString('utf8')) };
}

/** The bundle of a statement. @throws ModelError when the key is not an EC key of a known curve; `file`: of the key */
export function signedBundle(statement: Statement, privateKey: KeyObject, file: string): Buffer {
  const { id, hash } = known(createPublicKey(privateKey), file);
  const payload = Buffer.from(textOf(statement));
  const signature = sign(hash, encoded(payload), { key: privateKey, dsaEncoding: 'der' });
  return Buffer.from(
    JSON.stringify({
      mediaType: MEDIA_TYPE,
      verificationMaterial: { publicKey: { hint: id }, tlogEntries: [] },
      dsseEnvelope: {
        payload: payload.toString('base64'),
        payloadType: PAYLOAD_TYPE,
        signatures: [{ sig: signature.toString('base64'), keyid: '' }],
      },
    }),
  );
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw invalid('it is no JSON');
  }
}

function bytesOf(text: unknown, what: string): Buffer {
  if (typeof text === 'string' && BASE64.test(text)) return Buffer.from(text, 'base64');
  throw invalid(`${what} is no base64`);
}

function foreign(hint: unknown, keys: readonly PublicKey[]): string {
  const ids = keys.map(({ id }) => shortId(id)).join(', ');
  const made =
    typeof hint === 'string'
      ? `was made with the key ${shortId(hint).replace(/[^\w]/g, '?')}`
      : 'names no key';
  return `it ${made}, and the public keys given are ${ids === '' ? 'none' : ids}`;
}
