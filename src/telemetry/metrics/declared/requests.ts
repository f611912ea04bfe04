/** HTTP requests: how each ended, and how many bytes they carried. */
import type { Register } from '../register.ts';

export const requestMetrics = (register: Register) => ({
  httpRequests: register.counter(
    'http_requests_total',
    'HTTP requests ended, by route pattern and status code; code 499 is a client that left.',
    ['method', 'route', 'code'],
  ),
  requestsAccepted: register.counter(
    'ortolan_requests_accepted_total',
    'HTTP requests whose headers were read.',
    [],
  ),
  requestsFinished: register.counter(
    'ortolan_requests_finished_total',
    'HTTP requests ended: answered, failed (any error answer) or abandoned (the client left). Their sum is the requests accepted less those in flight.',
    ['outcome'],
  ),
  errors: register.counter('ortolan_errors_total', 'Error answers, by error code.', ['code']),
  receivedBytes: register.counter('ortolan_http_received_bytes_total', 'Bytes of request bodies read.', []),
  sentBytes: register.counter('ortolan_http_sent_bytes_total', 'Bytes of answer bodies written.', []),
});
