/** Options of TLS by the server itself, and of whom it believes by their certificates. */
import Type from 'typebox';
import { about } from '../option.ts';
import { secretOption } from '../secrets/file-option.ts';

/** Those of TLS 1.2 with forward secrecy and authenticated encryption. TLS 1.3 has no others. */
const CIPHERS =
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';

const pathTo = (description: string, otherwise: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      ...about(description, { path: true, secret: false, otherwise, accepts: 'a path' }),
    }),
  );

export const TLS = {
  tlsCertFile: pathTo(
    'Certificate of the server in PEM, followed by those of its authorities: the server then speaks TLS 1.2 and 1.3 only. The files are looked at every second, and a changed certificate is served without a lost connection.',
    'none: HTTP without TLS',
  ),
  tlsKeyFile: pathTo(
    'Private key of the certificate in PEM (RSA, or EC on P-256, P-384 or P-521). It must not be readable by every user (mode 0400 or 0440).',
    'none',
  ),
  ...secretOption(
    'tlsKeyPassphrase',
    Type.Optional(
      Type.String({
        minLength: 1,
        ...about('Passphrase of an encrypted private key.', { secret: true, otherwise: 'none' }),
      }),
    ),
  ),
  tlsClientCaFile: pathTo(
    'Certificates of the authorities of clients in PEM: each client then has to show a certificate by one of them, except for health probes. The name in it (URI or DNS, else the common name) is who the caller is.',
    'none: clients show no certificate',
  ),
  tlsClientScopes: Type.Array(Type.Enum(['predict', 'models:read', 'models:write', 'federated', 'admin']), {
    default: ['predict', 'models:read'],
    ...about('What clients may do that are known by their certificate.', {
      accepts: 'a list of predict, models:read, models:write, federated, admin',
    }),
  }),
  tlsCiphers: Type.String({
    default: CIPHERS,
    pattern: '^[A-Za-z0-9:!+_@=-]+$',
    ...about('Ciphers that TLS 1.2 may use, as OpenSSL writes them. Those of TLS 1.3 are always on.', {
      accepts: 'names of ciphers with colons between',
    }),
  }),
} as const;
