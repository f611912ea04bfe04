/** What is admitted and refused, and how much work is offered. */
import type { Register } from '../../register.ts';

export const admissionMetrics = (register: Register) => ({
  inFlightBytes: register.gauge(
    'ortolan_in_flight_bytes',
    'Bytes of bodies being read or waiting for their answer.',
    [],
  ),
  inFlightBytesLimit: register.gauge(
    'ortolan_in_flight_bytes_limit',
    'Limit of ortolan_in_flight_bytes.',
    [],
  ),
  refusedRequests: register.counter(
    'ortolan_refused_requests_total',
    'Requests refused by admission: at the headers, before the body was read, or when their work was known.',
    ['model', 'version', 'stage', 'code'],
  ),
  saturation: register.gauge(
    'ortolan_saturation_ratio',
    'Predicted worker time of the requests that arrived, accepted or refused for lack of capacity, divided by the worker time available: a mean of about the last 30 s. Above 1 the server must refuse requests.',
    [],
  ),
  offeredWork: register.counter(
    'ortolan_offered_work_seconds_total',
    'Predicted worker time of requests that arrived, accepted or refused for lack of capacity, in batches of the best size.',
    ['outcome'],
  ),
});
