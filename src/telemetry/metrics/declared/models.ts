/** Model versions: whether each can be used, and how it was loaded. */
import type { Register } from '../register.ts';

export const modelMetrics = (register: Register) => ({
  modelReady: register.gauge('ortolan_model_ready', 'Whether a model version can be used: 1 or 0.', [
    'model',
    'version',
  ]),
  modelQuarantined: register.gauge(
    'ortolan_model_quarantined',
    'Whether a model version is not run because it has crashed the server: 1 or 0.',
    ['model', 'version'],
  ),
  modelCrashes: register.counter(
    'ortolan_model_crashes_total',
    'Crashes of the processes of a model version that has isolation: "process" in its model.json.',
    ['model', 'version'],
  ),
  deviceLosses: register.counter(
    'ortolan_device_lost_batches_total',
    'Batches of a model version that failed because its device, a GPU, was lost or was being opened again.',
    ['model', 'version', 'device'],
  ),
  modelInfo: register.gauge(
    'ortolan_model_info',
    'Always 1; says which execution provider runs a model version.',
    ['model', 'version', 'provider'],
  ),
  modelRewrites: register.gauge(
    'ortolan_model_graph_rewrites',
    'Rewrites of its graph that a model version runs with; 0: none is of use, or they were refused, with the reason in the log and in /v1/models.',
    ['model', 'version'],
  ),
  modelLoad: register.gauge(
    'ortolan_model_load_seconds',
    'How long a model version took to load and warm up.',
    ['model', 'version'],
  ),
  modelMemory: register.gauge(
    'ortolan_model_memory_bytes',
    'Memory of a loaded model version, as measured when it was loaded; 0 when it is not loaded.',
    ['model', 'version'],
  ),
  modelEvictions: register.counter(
    'ortolan_model_evictions_total',
    'How often a model version was unloaded to make room for another one.',
    ['model', 'version'],
  ),
  modelUntrusted: register.counter(
    'ortolan_model_untrusted_total',
    'How often a model version began to be refused for its signature, by reason: missing, invalid, foreign (of an unknown key), unsupported, uncovered (it leaves out model.json or labels) or changed (a file is not the signed one).',
    ['model', 'version', 'reason'],
  ),
  modelUntrustedAt: register.gauge(
    'ortolan_model_untrusted_timestamp_seconds',
    'When a model version was last refused for its signature, in seconds since 1970.',
    ['model', 'version'],
  ),
  modelLoads: register.counter(
    'ortolan_model_loads_total',
    'Loads of a model version by outcome: ready, or refused with a reason in the log and in /v1/models.',
    ['model', 'version', 'outcome'],
  ),
});
