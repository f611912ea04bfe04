/**
 * One model version with all that serves it: its place in the repository, its number in every worker, and,
 * once it is loaded, the batcher in front of it and what is known of its durations.
 */
import { Batcher, payloadOf } from '../batcher/batcher.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { CostModel } from '../cost/cost-model.ts';
import { ForecastError } from '../cost/forecast-error.ts';
import { RememberedCaps } from '../cost/remembered.ts';
import { mergeWarmUps } from '../cost/warm-up.ts';
import { compiledFolder } from '../disk/cache-folder.ts';
import type { Taking } from './intake.ts';
import type { LoadReport } from '../thread/messages.ts';
import { SLOT_BYTES } from '../pool/slab.ts';
import type { ModelTask } from '../pool/worker.ts';
import { ModelError } from '../repository/model-error.ts';
import { ModelVersion } from './model-version.ts';
import type { ModelEntry, VersionEntry } from '../repository/repository.ts';
import type { Schedulable } from '../scheduler/roster.ts';
import type { Events } from '../telemetry/events.ts';
import type { Tracer } from '../telemetry/trace/tracer.ts';
import { elementsPerRow } from '../tensor/tensor.ts';

/**
 * Rows of a batch where model.json names no limit. Warm-up stops at the first size that no longer pays, so that a
 * model that gains nothing from batches never sees the larger ones.
 */
const DEFAULT_MAX_BATCH_SIZE = 64;

/** What a served model is given of the server. */
export interface Surroundings {
  readonly config: Config;
  readonly clock: Clock;
  readonly events: Events;
  readonly tracer?: Tracer | undefined;
}

type Loaded = Extract<LoadReport, { ok: true }>;

export class Served {
  readonly model: ModelVersion;
  readonly entry: ModelEntry;
  readonly file: VersionEntry;
  readonly instance: number;
  /** Set once it is loaded. */
  taking: Taking | undefined;

  constructor(entry: ModelEntry, file: VersionEntry, instance: number, config: Config) {
    this.entry = entry;
    this.file = file;
    this.instance = instance;
    this.model = new ModelVersion({
      name: entry.name,
      version: file.version,
      description: entry.config.description,
      preprocess: entry.config.preprocess,
      labels: entry.labels,
      versionLabels: Object.entries(entry.config.versionLabels ?? {})
        .filter(([, labelled]) => String(labelled) === file.version)
        .map(([label]) => label),
      sloMs: entry.config.sloP99Ms ?? config.sloP99Ms,
    });
  }

  /** How it is named in metrics and log. */
  get labels(): { readonly model: string; readonly version: string } {
    return { model: this.model.name, version: this.model.version };
  }

  loadTask({ device, deviceFallback, cacheDir }: Config): ModelTask {
    const { config } = this.entry;
    const maxBatchSize = config.maxBatchSize ?? DEFAULT_MAX_BATCH_SIZE;
    return {
      kind: 'load',
      instance: this.instance,
      file: this.file.file,
      device,
      deviceFallback,
      inputs: config.inputs,
      outputs: config.outputs,
      preprocess: config.preprocess,
      softmax: config.postprocess?.softmax ?? true,
      maxBatchSize,
      warmUpTo: remembered(cacheDir).recall({ file: this.file.file, device, maxBatchSize }),
      compiledFolder: compiledFolder(cacheDir),
    };
  }

  /**
   * Every worker has done `task`, and reports what it found: makes the batcher, and gives what the scheduler needs.
   * @throws ModelError when the labels do not fit the outputs
   */
  loaded(
    task: ModelTask,
    reports: readonly Loaded[],
    { config, clock, events, tracer }: Surroundings,
  ): Schedulable {
    const report = reports[0]!;
    checkLabels(this.entry, report);
    const { labels, instance, model } = this;
    const costs = new CostModel({
      warmUp: mergeWarmUps(reports.map(({ warmUp }) => warmUp)),
      maxBatchSize: report.maxBatchSize,
      sloMs: model.settings.sloMs,
      resize: model.settings.preprocess?.resize,
    });
    if (task.warmUpTo === undefined) remembered(config.cacheDir).remember(task, costs.payingRows);
    const batcher = new Batcher(
      {
        maxQueueDelayMs: this.entry.config.maxQueueDelayMs ?? 0,
        maxQueueRows: config.maxQueueRows,
        maxBatchBytes: SLOT_BYTES,
      },
      costs,
      clock,
      {
        rowsDropped: (rows, stage, reason) => events.rowsDropped(labels, rows, stage, reason),
        rowsWasted: (rows) => events.rowsWasted(labels, rows),
      },
    );
    const error = new ForecastError();
    this.taking = { batcher, costs, error, sloMs: model.settings.sloMs };
    model.ready(report);
    return {
      name: model.name,
      version: model.version,
      instance,
      batcher,
      costs,
      payloadOf,
      batchDispatched: ({ rows, reason, width }) => events.batchDispatched(labels, rows, reason, width),
      batchDone: (_batch, ms) => events.batchDone(labels, ms),
      batchFailed: (failure) => events.batchFailed(labels, failure),
      ...(tracer && { traceBatch: (batch, footprint) => tracer.batch(footprint, batch.entries) }),
    };
  }
}

const remembered = (cacheDir: string): RememberedCaps => new RememberedCaps(cacheDir, Date.now);

/** Labels of a model whose model.json does not declare its outputs can be counted only now. */
function checkLabels({ name, labels }: ModelEntry, { outputs: [scores] }: Loaded): void {
  if (labels === undefined || scores === undefined || labels.length === elementsPerRow(scores)) return;
  throw new ModelError(`Model ${name} has ${labels.length} labels for ${elementsPerRow(scores)} classes.`);
}
