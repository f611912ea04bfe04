/** Whether a model configuration agrees with itself and with what lies beside it. Pure. */
import { elementsPerRow } from '../tensor/tensor.ts';
import type { ModelConfig } from './model-config.ts';

/** JSON pointer and sentence for each contradiction; empty when there is none. */
export function contradictions(
  config: ModelConfig,
  versions: readonly string[],
  labels: readonly string[] | undefined,
): string[] {
  return [...preprocessFaults(config), ...labelFaults(config, labels), ...versionFaults(config, versions)];
}

function preprocessFaults({ preprocess, inputs }: ModelConfig): string[] {
  if (preprocess === undefined) return [];
  const { resize, crop, mean, std } = preprocess;
  const faults: string[] = [];
  if (crop > resize) faults.push(`/preprocess/crop is ${crop}, more than resize (${resize})`);
  if ((mean === undefined) !== (std === undefined)) faults.push('/preprocess needs mean and std, or neither');
  if (inputs === undefined) return faults;

  const [input] = inputs;
  if (input === undefined || inputs.length !== 1) {
    return [...faults, `/inputs must be one input to take images, not ${inputs.length}`];
  }
  const shapes = [`[${crop},${crop},3]`, `[3,${crop},${crop}]`];
  if (!shapes.includes(JSON.stringify(input.shape))) {
    faults.push(`/inputs/0/shape must be ${shapes.join(' or ')} to take images of that crop`);
  }
  if (input.datatype !== 'UINT8' && input.datatype !== 'FP32') {
    faults.push('/inputs/0/datatype must be UINT8 or FP32 to take images');
  }
  if (mean !== undefined && input.datatype === 'UINT8') {
    faults.push('/preprocess/mean and std are for FP32 inputs: a UINT8 input takes the pixels as they are');
  }
  return faults;
}

function labelFaults({ outputs }: ModelConfig, labels: readonly string[] | undefined): string[] {
  const [output] = outputs ?? [];
  if (labels === undefined || output === undefined) return [];
  const classes = elementsPerRow(output);
  return labels.length === classes
    ? []
    : [`/labels has ${labels.length} names, but output ${output.name} has ${classes} classes`];
}

function versionFaults(
  { defaultVersion, versionLabels }: ModelConfig,
  versions: readonly string[],
): string[] {
  const there = `there is ${versions.join(', ')}`;
  const faults: string[] = [];
  if (defaultVersion !== undefined && !versions.includes(String(defaultVersion))) {
    faults.push(`/defaultVersion is ${defaultVersion}, but ${there}`);
  }
  for (const [label, version] of Object.entries(versionLabels ?? {})) {
    if (!versions.includes(String(version))) {
      faults.push(`/versionLabels/${label} points at ${version}, but ${there}`);
    }
  }
  return faults;
}
