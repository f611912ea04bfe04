/** Which version gets which requests, what copies to a shadow show, and what the guard of a split decides. */
import type { Register } from '../register.ts';
import { STAGE_BUCKETS } from './stage-buckets.ts';

const DIFFERENCE_BUCKETS = [0.0001, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1];

export const trafficMetrics = (register: Register) => ({
  trafficRequests: register.counter(
    'ortolan_traffic_requests_total',
    'Requests without a version to models whose traffic is set, by the version that got them and why: split, fallback (its version could not be used) or default.',
    ['model', 'version', 'route'],
  ),
  trafficShare: register.gauge(
    'ortolan_traffic_share_ratio',
    'Share of a version in the split of its model; 0 for a version that is not in it.',
    ['model', 'version'],
  ),
  shadowCopies: register.counter(
    'ortolan_shadow_copies_total',
    'Inputs that a shadow version has run: whether its most probable class was that of the answer (agree, disagree), or it failed.',
    ['model', 'version', 'result'],
  ),
  shadowDropped: register.counter(
    'ortolan_shadow_dropped_total',
    'Copies of requests that no shadow has run, by reason: no worker was to spare in time (late, full), the version is not ready, its inputs or outputs are others, or the request was too large.',
    ['model', 'version', 'reason'],
  ),
  shadowDifference: register.histogram(
    'ortolan_shadow_probability_difference_ratio',
    'Largest difference of a probability between the answer and a shadow version on the same input.',
    ['model', 'version'],
    DIFFERENCE_BUCKETS,
  ),
  shadowDuration: register.histogram(
    'ortolan_shadow_duration_seconds',
    'Worker time of an input that a shadow version has run.',
    ['model', 'version'],
    STAGE_BUCKETS,
  ),
  guardVerdicts: register.counter(
    'ortolan_guard_verdicts_total',
    'Checks of a version by the guard of its split: pass, fail or inconclusive.',
    ['model', 'version', 'verdict'],
  ),
  rollbacks: register.counter(
    'ortolan_traffic_rollbacks_total',
    'Times that a version lost its share of the split to the baseline, by the guard or by request.',
    ['model', 'version'],
  ),
});
