/** TLS as configured: the certificate to begin with, and its renewal. */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { Renewal } from '../http/tls/renewal.ts';
import type { TlsEvents } from '../telemetry/events/tls.ts';
import { StartError } from './start-error.ts';

type Options = Pick<
  Config,
  | 'tlsCertFile'
  | 'tlsKeyFile'
  | 'tlsKeyPassphrase'
  | 'tlsKeyPassphraseFile'
  | 'tlsClientCaFile'
  | 'tlsCiphers'
>;

/**
 * Undefined when TLS is off.
 * @throws StartError when only a part of it is configured; CredentialError when the files cannot be served
 */
export function renewalOf(options: Options, clock: Clock, events: TlsEvents): Renewal | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, tlsClientCaFile: clientCaFile } = options;
  if (certFile === undefined || keyFile === undefined) {
    if (certFile !== undefined || keyFile !== undefined) {
      throw new StartError('TLS needs both: the certificate (tlsCertFile) and its private key (tlsKeyFile).');
    }
    if (clientCaFile === undefined) return undefined;
    throw new StartError(
      'tlsClientCaFile asks for the certificates of clients, which needs TLS: set tlsCertFile and tlsKeyFile.',
    );
  }
  return new Renewal({
    files: {
      certFile,
      keyFile,
      clientCaFile,
      passphrase: options.tlsKeyPassphrase,
      ciphers: options.tlsCiphers,
    },
    passphraseFile: options.tlsKeyPassphraseFile,
    clock,
    now: Date.now,
    events,
  });
}
