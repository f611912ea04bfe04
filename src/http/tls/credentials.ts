/**
 * What the server shows of itself in TLS, and whom it believes: certificate, private key, and the authorities of clients,
 * read from their files and checked before anything is served with them. The addon says nothing of what is wrong, or
 * serves something else.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { KeyFileError, readKeyFile } from '../../config/secrets/key-file.ts';

export interface CredentialFiles {
  /** The certificate of the server, then those of its authorities, in PEM. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase: string | undefined;
  /** Authorities whose certificates clients show; undefined: clients show none. */
  readonly clientCaFile: string | undefined;
  /** OpenSSL's list of those that TLS 1.2 may use. */
  readonly ciphers: string;
}

export interface Credentials {
  readonly files: CredentialFiles;
  /** The bytes of all files, to know whether they are still the same. */
  readonly content: string;
  /** The bytes of the authorities of clients. */
  readonly clientCa: string;
  readonly facts: CertificateFacts;
}

export interface CertificateFacts {
  readonly subject: string;
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string;
  /** When the first certificate of the chain ends, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** When the certificate of the server begins, likewise. */
  readonly beginsAt: number;
  /** When the first authority of clients ends; undefined when there is none. */
  readonly clientCaExpiresAt: number | undefined;
}

/** The files cannot be served; the message is a sentence that names the file. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
}

/**
 * Reads and checks the files. Whether they are valid at this time is left to the caller.
 * @throws CredentialError
 */
export function readCredentials(files: CredentialFiles): Credentials {
  const { certFile, keyFile, clientCaFile, passphrase, ciphers } = files;
  const cert = read(certFile, 'public');
  const key = read(keyFile, 'private');
  const clientCa = clientCaFile === undefined ? '' : read(clientCaFile, 'public');
  const chain = certificatesIn(cert, certFile);
  const [leaf] = chain;
  if (!leaf.checkPrivateKey(keyIn(key, keyFile, passphrase))) {
    throw new CredentialError(`The key in ${keyFile} is not that of the certificate in ${certFile}.`);
  }
  checkKind(leaf, certFile);
  checkOrder(chain, certFile);
  const authorities = clientCaFile === undefined ? [] : authoritiesIn(clientCa, clientCaFile);
  try {
    createSecureContext({ cert, key, passphrase, ciphers, ...(clientCa !== '' && { ca: clientCa }) });
  } catch (error) {
    throw new CredentialError(`${certFile} and ${keyFile} cannot be used: ${reasonOf(error)}.`);
  }
  return {
    files,
    content: [cert, key, clientCa, passphrase].join('\0'),
    clientCa,
    facts: {
      subject: nameOf(leaf),
      fingerprint: leaf.fingerprint256,
      expiresAt: Math.min(...chain.map(endOf)),
      beginsAt: Date.parse(leaf.validFrom),
      clientCaExpiresAt: authorities.length === 0 ? undefined : Math.min(...authorities.map(endOf)),
    },
  };
}

function read(path: string, kind: 'public' | 'private'): string {
  try {
    return readKeyFile(path, kind).toString('latin1');
  } catch (error) {
    throw error instanceof KeyFileError ? new CredentialError(error.message) : error;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

type Chain = readonly [X509Certificate, ...X509Certificate[]];

function certificatesIn(pem: string, path: string): Chain {
  const certificates = (pem.match(CERTIFICATE) ?? []).map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw new CredentialError(`Certificate ${index + 1} in ${path} cannot be read (${reasonOf(error)}).`);
    }
  });
  const [first, ...others] = certificates;
  if (first === undefined) throw new CredentialError(`${path} has no certificate in PEM.`);
  return [first, ...others];
}

function keyIn(pem: string, path: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    const encrypted = /ENCRYPTED/.test(pem);
    if (encrypted && passphrase === undefined) {
      throw new CredentialError(
        `The key in ${path} is encrypted: name its passphrase by tlsKeyPassphraseFile.`,
      );
    }
    const why = encrypted ? 'the passphrase is another one' : 'it takes a private key in PEM';
    throw new CredentialError(`${path} cannot be read as a key: ${why}.`);
  }
}

/** What both ends of a handshake know in practice, and the addon serves. */
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

function checkKind({ publicKey }: X509Certificate, path: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails } = publicKey;
  const curve = asymmetricKeyDetails?.namedCurve ?? '';
  if (type === 'rsa' || (type === 'ec' && CURVES.has(curve))) return;
  throw new CredentialError(
    `The certificate in ${path} has a key of a kind that is not served (${[type, curve].join(' ').trim()}): use RSA, or EC on P-256, P-384 or P-521.`,
  );
}

/** Clients follow a chain in its order: each certificate is signed by the one after it. */
function checkOrder(chain: Chain, path: string): void {
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    if (issuer === undefined) return;
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) {
      throw new CredentialError(
        `The certificates in ${path} are not in order: number ${index + 1} (${nameOf(certificate)}) was not signed by number ${index + 2} (${nameOf(issuer)}).`,
      );
    }
  }
}

function authoritiesIn(pem: string, path: string): Chain {
  const authorities = certificatesIn(pem, path);
  const other = authorities.find(({ ca }) => !ca);
  if (other !== undefined) {
    throw new CredentialError(`${path} has a certificate that is not an authority's (${nameOf(other)}).`);
  }
  return authorities;
}

const endOf = ({ validTo }: X509Certificate): number => Date.parse(validTo);

/** For sentences: the subject in one line, else the names it is for. */
const nameOf = ({ subject, subjectAltName }: X509Certificate): string =>
  (subject || subjectAltName || 'no name').replaceAll('\n', ', ');

/** OpenSSL's reason, without its numbers. */
const reasonOf = (error: unknown): string => {
  const { reason, message } = error as Error & { reason?: string };
  return reason ?? message;
};
