/** Features that the server gets for requests. There are series only for versions that have some. */
import type { Register } from '../../register.ts';
import { STAGE_BUCKETS } from '../stage-buckets.ts';

export const featureMetrics = (register: Register) => ({
  featureCalls: register.counter(
    'ortolan_feature_calls_total',
    'Calls of the feature store of a model version, by outcome: ok, refused (it has answered with an error), garbled (its answer cannot be read), timeout or down.',
    ['model', 'version', 'outcome'],
  ),
  featureCallDuration: register.histogram(
    'ortolan_feature_call_duration_seconds',
    'Duration of the calls of the feature store.',
    ['model', 'version'],
    STAGE_BUCKETS,
  ),
  featureRequests: register.counter(
    'ortolan_feature_requests_total',
    'Requests whose features were asked for in calls that were made; over the calls, how many of them one call joins.',
    ['model', 'version'],
  ),
  featureValues: register.counter(
    'ortolan_feature_values_total',
    'Values of features, by what the store gave: present, missing, stale, invalid (the input does not take it) or unavailable (it could not be asked).',
    ['model', 'version', 'status'],
  ),
  featureDefaults: register.counter(
    'ortolan_feature_defaults_total',
    'Values of a feature for which a default was taken.',
    ['model', 'version', 'feature'],
  ),
  featureRefusals: register.counter(
    'ortolan_feature_refusals_total',
    'Requests that were refused because a value had no default, by the code of the answer.',
    ['model', 'version', 'code'],
  ),
  featureAge: register.gauge(
    'ortolan_feature_age_seconds',
    'Age of the oldest value of a feature in the last request that it was given to, by the time that the store says.',
    ['model', 'version', 'feature'],
  ),
  featureBreaker: register.gauge(
    'ortolan_feature_breaker_open',
    'Whether the feature store of a model version is not asked because it has failed repeatedly: 1, or 0.',
    ['model', 'version'],
  ),
});
