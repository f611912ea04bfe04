/**
 * One model version with all that serves it: its place in the repository, its number in every worker, and,
 * once it is loaded, the batcher in front of it and what is known of its durations.
 */
import { Batcher, payloadOf } from './batcher/batcher.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/schema.ts';
import type { LoadReport, LoadTask } from './messages.ts';
import { SLOT_BYTES } from './pool/slab.ts';
import { ModelError } from './repository/model-error.ts';
import { ModelVersion } from './repository/model.ts';
import type { ModelEntry, VersionEntry } from './repository/repository.ts';
import { Durations } from './scheduler/durations.ts';
import type { Schedulable } from './scheduler/scheduler.ts';
import type { Events } from './telemetry/events.ts';
import { elementsPerRow } from './tensor.ts';

/** Rows of a batch where model.json names no cap: enough for a model that gains from batches, harmless else. */
const DEFAULT_MAX_BATCH_SIZE = 8;

type Loaded = Extract<LoadReport, { ok: true }>;

export class Served {
  readonly model: ModelVersion;
  readonly entry: ModelEntry;
  readonly file: VersionEntry;
  readonly instance: number;
  /** Set once it is loaded. */
  batcher: Batcher | undefined;

  constructor(entry: ModelEntry, file: VersionEntry, instance: number) {
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
    });
  }

  /** How it is named in metrics and log. */
  get labels(): { readonly model: string; readonly version: string } {
    return { model: this.model.name, version: this.model.version };
  }

  loadTask({ device, deviceFallback }: Config): LoadTask {
    const { config } = this.entry;
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
      maxBatchSize: config.maxBatchSize ?? DEFAULT_MAX_BATCH_SIZE,
    };
  }

  /**
   * Every worker has it: makes its batcher, and gives what the scheduler needs.
   * @throws ModelError when the labels do not fit the outputs
   */
  loaded(report: Loaded, config: Config, clock: Clock, events: Events): Schedulable {
    checkLabels(this.entry, report);
    const { labels, instance } = this;
    const batcher = new Batcher(
      {
        cap: report.maxBatchSize,
        maxQueueDelayMs: this.entry.config.maxQueueDelayMs ?? 0,
        maxQueueRows: config.maxQueueRows,
        maxBatchBytes: SLOT_BYTES,
      },
      clock,
      {
        rowsDropped: (rows, reason) => events.rowsDropped(labels, rows, reason),
        rowsWasted: (rows) => events.rowsWasted(labels, rows),
      },
    );
    this.batcher = batcher;
    this.model.ready(report);
    return {
      instance,
      batcher,
      durations: new Durations(report.warmUp),
      payloadOf,
      batchDispatched: (batch) => events.batchDispatched(labels, batch.rows, batch.reason),
      batchDone: (_batch, ms) => events.batchDone(labels, ms),
      batchFailed: (failure) => events.batchFailed(labels, failure),
    };
  }
}

/** Labels of a model whose model.json does not declare its outputs can be counted only now. */
function checkLabels({ name, labels }: ModelEntry, { outputs: [scores] }: Loaded): void {
  if (labels === undefined || scores === undefined || labels.length === elementsPerRow(scores)) return;
  throw new ModelError(`Model ${name} has ${labels.length} labels for ${elementsPerRow(scores)} classes.`);
}
