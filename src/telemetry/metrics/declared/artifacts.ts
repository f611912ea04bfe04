/** Models that the server pulls from a store. */
import type { Register } from '../register.ts';

export const artifactMetrics = (register: Register) => ({
  artifactLooks: register.counter(
    'ortolan_artifact_looks_total',
    'Times that the store of artifacts was asked for changes. outcome: unchanged, current (changes were pulled), failed.',
    ['outcome'],
  ),
  artifactPulls: register.counter(
    'ortolan_artifact_pulls_total',
    'Models that were pulled and put in place. What is served of them is in ortolan_model_loads_total.',
    [],
  ),
  artifactRefusals: register.counter(
    'ortolan_artifact_refusals_total',
    'Times that a model was not pulled, so that it stays as it was. reason: unreachable, refused, missing, changed, corrupt, untrusted, local, invalid.',
    ['reason'],
  ),
  artifactRequests: register.counter(
    'ortolan_artifact_requests_total',
    'Requests to the store of artifacts, with those for credentials.',
    [],
  ),
  artifactReceived: register.counter(
    'ortolan_artifact_received_bytes_total',
    'Bytes that the store of artifacts has answered, without headers.',
    [],
  ),
  artifactCurrentAt: register.gauge(
    'ortolan_artifact_current_timestamp_seconds',
    'When the models were last known to be what the store offers. Absent: nothing is pulled from a store, or nothing was yet.',
    [],
  ),
});
