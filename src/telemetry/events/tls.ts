/** Certificates are served, replaced, refused. */
import type { Audit } from '../audit/audit.ts';
import { authorityChanged } from '../audit/changes.ts';
import { plain, type Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';

type TlsMetrics = Pick<Metrics, 'tlsExpiry' | 'tlsRefused' | 'tlsRenewals'>;

/** Of the certificate that is served; times are in milliseconds since 1970. */
export interface ServedCertificate {
  readonly subject: string;
  readonly fingerprint: string;
  readonly beginsAt: number;
  readonly expiresAt: number;
  readonly clientCaExpiresAt: number | undefined;
}

export class TlsEvents {
  readonly #log: Log;
  readonly #metrics: TlsMetrics;
  readonly #audit: Pick<Audit, 'record'> | undefined;
  #lastReason: string | undefined;

  constructor(log: Log, metrics: TlsMetrics, audit?: Pick<Audit, 'record'>) {
    this.#log = log;
    this.#audit = audit;
    this.#metrics = metrics;
  }

  /** At the start. `fault`: why clients will not believe it. */
  served(certificate: ServedCertificate, fault: string | undefined): void {
    this.#set(certificate);
    const facts = lineOf(certificate);
    if (fault === undefined) this.#log.info(facts, 'certificate served');
    else this.#log.error({ ...facts, reason: fault }, 'certificate served that clients will refuse');
  }

  renewed(certificate: ServedCertificate): void {
    this.#set(certificate);
    this.#metrics.tlsRenewals.inc({ outcome: 'renewed' });
    this.#log.info(lineOf(certificate), 'certificate renewed: new connections get it');
    const { subject, fingerprint } = certificate;
    this.#audit?.record(authorityChanged('certificate', { subject, fingerprint }));
  }

  /** Once for each reason that follows another. */
  refused(reason: string): void {
    this.#metrics.tlsRefused.set({ certificate: 'server' }, 1);
    if (reason === this.#lastReason) return;
    this.#lastReason = reason;
    this.#metrics.tlsRenewals.inc({ outcome: 'refused' });
    this.#log.error({ reason: plain(reason) }, 'certificate refused: the one before is still served');
    this.#audit?.record(authorityChanged('certificate', {}, reason));
  }

  /** What was refused is gone: the files are again those that are served. */
  restored(): void {
    this.#accepted();
    this.#log.info('the files of the certificate are again those that are served');
  }

  #set({ expiresAt, clientCaExpiresAt }: ServedCertificate): void {
    this.#accepted();
    this.#metrics.tlsExpiry.set({ certificate: 'server' }, expiresAt / 1000);
    if (clientCaExpiresAt === undefined) return;
    this.#metrics.tlsExpiry.set({ certificate: 'client_ca' }, clientCaExpiresAt / 1000);
  }

  #accepted(): void {
    this.#lastReason = undefined;
    this.#metrics.tlsRefused.set({ certificate: 'server' }, 0);
  }
}

const lineOf = ({ subject, fingerprint, expiresAt }: ServedCertificate) => ({
  subject: plain(subject),
  fingerprint,
  expires: new Date(expiresAt).toISOString(),
});
