/** Whether a model configuration agrees with itself and with what lies beside it. Pure. */
import { imageMisfit } from '../image/model-input.ts';
import { elementsPerRow, type RowSpec } from '../tensor/tensor.ts';
import { featuresFaults, featuresMisfit } from './features-faults.ts';
import type { ModelConfig } from './model-config.ts';
import { trafficFaults } from './traffic-faults.ts';

/** The numbers of the versions, ascending. */
export interface VersionNumbers {
  readonly served: readonly string[];
  /** Also those that versionPolicy leaves out. */
  readonly onDisk: readonly string[];
}

/** JSON pointer and sentence for each contradiction; empty when there is none. */
export function contradictions(
  config: ModelConfig,
  versions: VersionNumbers,
  labels: readonly string[] | undefined,
): string[] {
  return [
    ...preprocessFaults(config),
    ...labelFaults(config, labels),
    ...versionFaults(config, versions),
    ...ofTraffic(config, versions),
    ...ofFeatures(config),
  ];
}

function preprocessFaults({ preprocess, inputs }: ModelConfig): string[] {
  if (preprocess === undefined) return [];
  const { resize, crop, mean, std, sanitise } = preprocess;
  const faults: string[] = [];
  if ((mean === undefined) !== (std === undefined)) faults.push('/preprocess needs mean and std, or neither');
  if (sanitise !== undefined && sanitise.jpegQuality === undefined && sanitise.bits === undefined)
    faults.push('/preprocess/sanitise needs jpegQuality or bits');
  const [input] = inputs ?? [];
  if (inputs !== undefined && inputs.length !== 1) {
    return [...faults, `/inputs must be one input to take images, not ${inputs.length}`];
  }
  const misfit = input === undefined ? undefined : imageMisfit(input, preprocess);
  if (misfit !== undefined) return [...faults, misfit];
  if (crop > resize) {
    faults.push(
      `/preprocess/crop is ${crop}, more than resize (${resize}): set resize to ${crop} or more` +
        (input === undefined ? `, or crop to ${resize} or less` : ''),
    );
  }
  return faults;
}

function labelFaults({ outputs }: ModelConfig, labels: readonly string[] | undefined): string[] {
  const misfit = labelMisfit(labels, outputs ?? []);
  return misfit === undefined ? [] : [misfit];
}

/** Why the labels do not name the classes of the model: those of a row of its first output, where their number is known. */
export function labelMisfit(
  labels: readonly string[] | undefined,
  [output]: readonly RowSpec[],
): string | undefined {
  if (labels === undefined || output === undefined) return undefined;
  if (output.datatype !== 'FP32' && output.datatype !== 'FP64') {
    return (
      `/labels are names of classes, whose scores are FP32 or FP64, but output ${output.name} is ${output.datatype}: ` +
      'list the output with the scores first in outputs'
    );
  }
  const classes = elementsPerRow(output);
  return labels.length === classes || classes < 0
    ? undefined
    : `/labels has ${labels.length} names, but output ${output.name} has ${classes} classes: one line a class`;
}

function versionFaults(
  { defaultVersion, versionLabels }: ModelConfig,
  { served, onDisk }: VersionNumbers,
): string[] {
  const instead = (version: number): string =>
    onDisk.includes(String(version))
      ? `but versionPolicy serves only ${served.join(', ')}`
      : `but there is ${onDisk.join(', ')}`;
  const faults: string[] = [];
  if (defaultVersion !== undefined && !served.includes(String(defaultVersion))) {
    faults.push(`/defaultVersion is ${defaultVersion}, ${instead(defaultVersion)}`);
  }
  for (const [label, version] of Object.entries(versionLabels ?? {})) {
    if (!served.includes(String(version))) {
      faults.push(`/versionLabels/${label} points at ${version}, ${instead(version)}`);
    }
  }
  return faults;
}

function ofTraffic(
  { traffic, defaultVersion, versionLabels = {} }: ModelConfig,
  { served }: VersionNumbers,
): string[] {
  if (traffic === undefined) return [];
  const labels = Object.entries(versionLabels).map(([label, number]) => [label, String(number)] as const);
  return trafficFaults(traffic, {
    versions: served,
    labels: new Map(labels.filter(([, number]) => served.includes(number))),
    defaultVersion: String(defaultVersion ?? served.at(-1)),
  });
}

function ofFeatures({ features, preprocess, inputs }: ModelConfig): string[] {
  const misfit = inputs === undefined ? undefined : featuresMisfit(features, inputs);
  return [...featuresFaults(features, preprocess !== undefined), ...(misfit === undefined ? [] : [misfit])];
}
