/** The queue of a version that has been loaded, with the costs that were measured. */
import { Batcher } from '../batcher/batcher.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { CostModel } from '../cost/cost-model.ts';
import { mergeWarmUps } from '../cost/warm-up.ts';
import type { Measured } from '../pool/pool.ts';
import type { ModelTask } from '../pool/worker.ts';
import { labelMisfit } from '../repository/consistency.ts';
import { featuresMisfit } from '../repository/features-faults.ts';
import { storeAddress } from '../repository/feature-store.ts';
import { ModelError } from '../repository/model-error.ts';
import type { FeaturesConfig } from '../repository/model-json/features.ts';
import type { Events } from '../telemetry/events/events.ts';
import { rowOf } from '../tensor/tensor.ts';
import { CPU } from '../thread/device.ts';
import type { ModelSettings, Source } from './model-version.ts';
import { measuredOf, queueSettingsOf, rememberedCaps } from './settings.ts';

interface Surroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Pick<Events, 'batches'>;
}

/** Remembers what was measured for the next start. @throws ModelError when labels or features do not fit */
export function batcherOf(
  source: Source,
  { sloMs, preprocess }: ModelSettings,
  task: ModelTask,
  { report, warmUps }: Measured,
  { config, clock, events }: Surroundings,
): Batcher {
  const {
    labels,
    config: { features },
  } = source.entry;
  const misfit =
    labelMisfit(labels, report.outputs.map(rowOf)) ??
    (features && (featuresMisfit(features, report.inputs.map(rowOf)) ?? storeFault(features, config)));
  if (misfit !== undefined) throw new ModelError(`model.json#${misfit}`);
  const { maxBatchSize, joins } = report;
  const costs = new CostModel({
    warmUp: mergeWarmUps(warmUps),
    maxBatchSize,
    paysBelow: task.paysBelow,
    sloMs,
    decoders: report.provider === CPU ? 1 : config.workers,
    resize: preprocess?.resize,
  });
  // What was found out on the CPU does not hold for the device that it stands in for.
  if (task.warmUpTo === undefined && report.fallbackReason === undefined) {
    rememberedCaps(config).remember(measuredOf(source, config), {
      cap: costs.payingRows,
      joins,
      rewritesRefused: task.rewritesRefused,
    });
  }
  return new Batcher(queueSettingsOf(source, config, report.provider), costs, clock, events.batches);
}

function storeFault(features: FeaturesConfig, { featureStores }: Config): string | undefined {
  const address = storeAddress(features, featureStores);
  return typeof address === 'string' ? address : undefined;
}
