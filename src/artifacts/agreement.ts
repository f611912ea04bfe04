/** Whether a model.json suits the versions that are to lie beside it. Pure. */
import { contradictions } from '../repository/consistency.ts';
import { parseModelConfig } from '../repository/model-config.ts';
import { ModelError } from '../repository/model-error.ts';
import { policyFaults, servedBy } from '../repository/model-json/version-policy.ts';

/** Why the model could not be served with these versions; undefined when it can. `text`: of its model.json. */
export function disagreement(text: string, versions: readonly string[]): string | undefined {
  const onDisk = versions.toSorted((a, b) => Number(a) - Number(b));
  try {
    const config = parseModelConfig(text, 'model.json');
    const { versionPolicy = 'all' } = config;
    const served = servedBy(versionPolicy, onDisk);
    // The class names are compared with the outputs when the model is looked at.
    const faults = [
      ...policyFaults(versionPolicy, onDisk),
      ...contradictions(config, { served, onDisk }, undefined),
    ];
    return faults.length === 0 ? undefined : faults.map((fault) => `model.json#${fault}`).join('; ');
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
}
