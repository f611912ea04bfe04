/** Certificates. There are series only where TLS is on. */
import type { Register } from '../register.ts';

export const tlsMetrics = (register: Register) => ({
  tlsExpiry: register.gauge(
    'ortolan_tls_certificate_expiry_timestamp_seconds',
    'When the first certificate of a file ends, in seconds since 1970: the server’s own with its chain, and the authorities of clients.',
    ['certificate'],
  ),
  tlsRefused: register.gauge(
    'ortolan_tls_certificate_refused',
    'Whether the files on disk are refused (1), and the certificate before them is served.',
    ['certificate'],
  ),
  tlsRenewals: register.counter(
    'ortolan_tls_renewals_total',
    'Changes of the files of certificate, key and authorities, by whether they are served now.',
    ['outcome'],
  ),
});
