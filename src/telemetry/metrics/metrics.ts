/**
 * Every metric once: name with its unit, help, labels, buckets; one file of declared/ for each subject. Labels are low in
 * cardinality by construction: routes are patterns, classes are bounded, and nothing that a client writes becomes a label.
 * The rest of the code never sets a metric; it calls a function of ../events/.
 */
import { admissionMetrics } from './declared/work/admission.ts';
import { artifactMetrics } from './declared/artifacts.ts';
import { authenticationMetrics } from './declared/authentication.ts';
import { batchMetrics } from './declared/work/batches.ts';
import { cacheMetrics } from './declared/work/cache.ts';
import { costMetrics } from './declared/work/costs.ts';
import { feedbackMetrics } from './declared/feedback.ts';
import { federatedMetrics } from './declared/federated.ts';
import { featureMetrics } from './declared/work/features.ts';
import { driftMetrics } from './declared/drift.ts';
import { limitMetrics } from './declared/limits.ts';
import { modelMetrics } from './declared/models.ts';
import { auditMetrics } from './declared/audit.ts';
import { predictionMetrics } from './declared/predictions.ts';
import { processMetrics } from './declared/process.ts';
import { requestMetrics } from './declared/requests.ts';
import { tlsMetrics } from './declared/tls.ts';
import { traceMetrics } from './declared/traces.ts';
import { trafficMetrics } from './declared/traffic.ts';
import { workerMetrics } from './declared/work/workers.ts';
import { ModelTable } from './model-series.ts';
import { Register, type VersionLabels } from './register.ts';
import { tritonMetrics } from './triton.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** `compat`: whose names are there beside our own. */
export function createMetrics(compat: 'none' | 'triton' = 'none') {
  const register = new Register();
  const metrics = {
    ...predictionMetrics(register),
    ...requestMetrics(register),
    ...authenticationMetrics(register),
    ...admissionMetrics(register),
    ...limitMetrics(register),
    ...batchMetrics(register),
    ...cacheMetrics(register),
    ...costMetrics(register),
    ...featureMetrics(register),
    ...federatedMetrics(register),
    ...modelMetrics(register),
    ...artifactMetrics(register),
    ...trafficMetrics(register),
    ...feedbackMetrics(register),
    ...driftMetrics(register),
    ...workerMetrics(register),
    ...traceMetrics(register),
    ...tlsMetrics(register),
    ...auditMetrics(register),
    ...processMetrics(register),
  };
  const models = new ModelTable(metrics);
  if (compat === 'triton') for (const metric of tritonMetrics(models)) register.add(metric);
  return {
    ...metrics,
    models,
    registry: register.registry,
    /** Removes every series of a model version that is not served any more. Its last event has to be over. */
    removeVersion: (labels: VersionLabels): void => {
      register.removeVersion(labels);
      models.remove(labels);
    },
  };
}
