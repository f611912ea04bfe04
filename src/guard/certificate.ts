/**
 * Callers by the certificate of their connection. That an authority of clients has signed it, and that it had begun and not
 * ended, was checked in the handshake; a client may still show none, and a connection may outlive its certificate.
 */
import { X509Certificate } from 'node:crypto';
import type { Exchange } from '../http/exchange.ts';
import { certificateMissing, certificateRefused } from './challenge.ts';
import type { Authentication } from './guard.ts';
import type { Identity, Scope } from './identity.ts';

export interface CertificateSettings {
  /** What all of them may do. */
  readonly scopes: readonly Scope[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The part of an exchange that says it. */
type Caller = Pick<Exchange, 'clientCertificate'>;

interface Known {
  /** Undefined when nobody is named. */
  readonly identity: Identity | undefined;
  readonly expiresAt: number;
}

/** Reading one takes some 50 us. There are no more than authorities have signed. */
const MAX_KNOWN = 1000;

export class ClientCertificates {
  readonly #scopes: ReadonlySet<Scope>;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();

  constructor({ scopes, now }: CertificateSettings) {
    this.#scopes = new Set(scopes);
    this.#now = now;
  }

  /**
   * Who the certificate says that it is; undefined when the client has shown none.
   * @throws ServingError UNAUTHENTICATED when it has ended, or names nobody
   */
  callerOf({ clientCertificate: pem }: Caller): Identity | undefined {
    if (pem === '') return undefined;
    const { identity, expiresAt } = this.#known.get(pem) ?? this.#read(pem);
    if (this.#now() > expiresAt) throw certificateRefused('The certificate of the client has expired.');
    if (identity === undefined) throw certificateRefused('The certificate of the client names nobody.');
    return identity;
  }

  #read(pem: string): Known {
    const certificate = new X509Certificate(pem);
    const name = nameIn(certificate);
    const known = {
      identity: name === undefined ? undefined : this.#identityOf(name),
      expiresAt: Date.parse(certificate.validTo),
    };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(pem, known);
    return known;
  }

  #identityOf(name: string): Identity {
    return { kind: 'certificate', id: name, name, scopes: this.#scopes, models: undefined };
  }
}

/** Asks each client for a certificate, and then the others for whatever else it brings. */
export class CertificateRequired implements Authentication {
  readonly #certificates: ClientCertificates;
  readonly #others: Authentication | undefined;

  /** `others`: keys and tokens, which say who it is where one is sent. */
  constructor(certificates: ClientCertificates, others?: Authentication) {
    this.#certificates = certificates;
    this.#others = others;
  }

  identify(exchange: Exchange): Identity | Promise<Identity> {
    const identity = this.#certificates.callerOf(exchange);
    if (identity === undefined) throw certificateMissing();
    return this.#others?.identify(exchange) ?? identity;
  }
}

/** An entry of a subject alternative name as Node writes it: what is not plain is quoted as in JSON. */
const ENTRY = /(?:^|, )(URI|DNS):(?:"((?:[^"\\]|\\.)*)"|([^,"]*))(?=, |$)/g;
/** What may stand in a log and be compared: no control characters, nothing invisible. */
const NAME = /^[^\p{C}]{1,256}$/u;

/** The first URI (SPIFFE has one), else the first DNS name, else the common name; undefined when there is none to trust. */
function nameIn(certificate: X509Certificate): string | undefined {
  const entries = [...(certificate.subjectAltName ?? '').matchAll(ENTRY)];
  const first = (kind: string): string | undefined => {
    const entry = entries.find(([, of]) => of === kind);
    // A quoted one has characters that no name needs.
    return entry?.[2] === undefined ? entry?.[3] : '';
  };
  const { CN } = certificate.toLegacyObject().subject as { readonly CN?: string | readonly string[] };
  const name = first('URI') ?? first('DNS') ?? CN;
  return typeof name === 'string' && NAME.test(name) ? name : undefined;
}
