/** Derives the settings of a model version, of its load task and of its queue from the repository and the configuration. */
import type { BatcherSettings } from '../batcher/batcher.ts';
import type { Config } from '../config/schema.ts';
import { maxBatchMsOf } from '../cost/cost-model.ts';
import { compiledFolder } from '../disk/cache-folder.ts';
import { RememberedCaps, type Measured } from '../cost/remembered.ts';
import { ENDED_AT } from '../pool/device/load-on-device.ts';
import { SLOT_BYTES } from '../pool/slab.ts';
import type { ModelTask } from '../pool/worker.ts';
import { DEFAULT_MAX_BATCH_SIZE } from '../repository/model-json/schema.ts';
import { goldenStamp } from '../repository/golden/stamp.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import type { Place } from '../scheduler/roster.ts';
import { CPU } from '../thread/device.ts';
import type { Content } from '../thread/load.ts';
import { UNKNOWN_VERSION, type ModelSettings, type Source } from './model-version.ts';

export function settingsOf(
  { name, config, labels }: ModelEntry,
  file: VersionEntry,
  sloMs: number,
): ModelSettings {
  return {
    name,
    version: file.version,
    description: config.description,
    preprocess: config.preprocess,
    labels,
    classifies: config.preprocess !== undefined || labels !== undefined || config.postprocess !== undefined,
    softmax: softmaxOf(config),
    versionLabels: Object.entries(config.versionLabels ?? {})
      .filter(([, labelled]) => String(labelled) === file.version)
      .map(([label]) => label),
    sloMs: config.sloP99Ms ?? sloMs,
    onDemand: config.residency === 'on-demand',
    ...(file.report !== undefined && { report: file.report }),
  };
}

/** Networks for images give scores, pipelines for rows mostly probabilities. */
const softmaxOf = ({ postprocess, preprocess }: ModelEntry['config']): boolean =>
  postprocess?.softmax ?? preprocess !== undefined;

/** Settings of a model that the scan has refused; it is shown as unavailable. */
export const unreadable = (name: string, sloMs: number): ModelSettings => ({
  name,
  version: UNKNOWN_VERSION,
  description: undefined,
  preprocess: undefined,
  labels: undefined,
  classifies: false,
  softmax: false,
  versionLabels: [],
  sloMs,
  onDemand: false,
});

/** Where a version is to run. */
export const deviceOf = (
  { entry: { config }, file }: Pick<Source, 'entry' | 'file'>,
  { device }: Pick<Config, 'device'>,
): string => config.devices?.[file.version] ?? config.device ?? device;

/** What an earlier load of the same files has found out holds for. */
export function measuredOf({ entry, file }: Pick<Source, 'entry' | 'file'>, config: Config): Measured {
  const { maxBatchSize = DEFAULT_MAX_BATCH_SIZE, batching = 'auto', inputs, outputs } = entry.config;
  const golden = goldenStamp(entry.folder);
  const device = deviceOf({ entry, file }, config);
  const { leastBatchGain } = config;
  const graphRewrites = config.graphRewrites === 'on';
  const declared = { maxBatchSize, batching, inputs, outputs, golden };
  return { file: file.file, device, ...declared, graphRewrites, leastBatchGain };
}

/** `content`: as contentOf() returned it. */
export function loadTaskOf({ entry, file, instance }: Source, config: Config, content?: Content): ModelTask {
  const { cacheDir } = config;
  const { maxBatchSize = DEFAULT_MAX_BATCH_SIZE, batching = 'auto' } = entry.config;
  const { inputs, outputs, preprocess } = entry.config;
  const known = rememberedCaps(config).recall(measuredOf({ entry, file }, config));
  return {
    kind: 'load',
    instance,
    file: file.file,
    device: deviceOf({ entry, file }, config),
    deviceFallback: entry.config.deviceFallback ?? config.deviceFallback,
    inputs,
    outputs,
    preprocess,
    softmax: softmaxOf(entry.config),
    batching,
    joins: known?.joins,
    maxBatchSize,
    isolation:
      entry.config.isolation === 'process' ? { killAfterMs: ENDED_AT * config.wedgedAfterMs } : undefined,
    warmUpTo: known?.cap,
    paysBelow: 1 - config.leastBatchGain,
    longestRunMs: maxBatchMsOf(entry.config.sloP99Ms ?? config.sloP99Ms),
    compiledFolder: compiledFolder(cacheDir),
    graphRewrites: config.graphRewrites === 'on' && known?.rewritesRefused === undefined,
    rewritesRefused: known?.rewritesRefused,
    content,
  };
}

/** Worker time of a priority, over that of a normal one. */
const WEIGHTS = { high: 4, normal: 1, low: 1 / 4 } as const;

export const placeOf = ({ entry: { config } }: Source): Place => ({
  weight: WEIGHTS[config.priority ?? 'normal'],
  cores: config.cores ?? Infinity,
});

/** `device`: where it runs. */
export const queueSettingsOf = (
  { entry, file, instance }: Source,
  config: Config,
  device: string,
): BatcherSettings => ({
  labels: { model: entry.name, version: file.version },
  instance,
  maxQueueDelayMs: entry.config.maxQueueDelayMs ?? 0,
  maxQueueRows: config.maxQueueRows,
  maxBatchBytes: SLOT_BYTES,
  ...((device !== CPU || deviceOf({ entry, file }, config) !== CPU) && { device }),
});

/** What earlier loads have found out. */
export const rememberedCaps = ({ cacheDir }: Config): RememberedCaps =>
  new RememberedCaps(cacheDir, Date.now);
