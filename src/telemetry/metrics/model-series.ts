/**
 * The series of each model version, looked up once: a prediction then sets a dozen of them by additions. Also bounds the
 * number of classes of a model that get a label.
 */
import type { ErrorCode } from '../../errors.ts';
import type { BatchTimings } from '../trace/batch-trace.ts';
import type { Counter, CounterSeries } from './series/counter.ts';
import type { Histogram, HistogramSeries } from './series/histogram.ts';

/** Classes of a model that get a label of their own; the rest count as `other`. */
const LABELLED_CLASSES = 50;

export const STAGES = ['read', 'queue', 'decode', 'infer', 'post'] as const;

/** Milliseconds by stage. */
export type StageTimings = Readonly<Record<(typeof STAGES)[number], number>>;

/** What the cache of answers did for a request. */
export interface CacheUse {
  /** Whether all of its results were kept. */
  readonly hit: boolean;
  /** Rows that were not run for this request, because equal ones had been or were. */
  readonly reusedRows: number;
}

type OfModel = 'model' | 'version';

/** All batches of one size; milliseconds on their workers. */
interface BatchTotals {
  count: number;
  decodeMs: number;
  inferMs: number;
  postMs: number;
}

/** The metrics that are kept by model version. */
export interface ByModel {
  readonly predictions: Counter<OfModel | 'status'>;
  readonly predictionDuration: Histogram<OfModel>;
  readonly predictedClasses: Counter<OfModel | 'class'>;
  readonly confidence: Histogram<OfModel>;
  readonly batchRows: Histogram<OfModel>;
  readonly batchDuration: Histogram<OfModel>;
}

export class ModelSeries {
  readonly labels: { readonly model: string; readonly version: string };
  readonly succeeded: CounterSeries;
  readonly failed: CounterSeries;
  readonly duration: HistogramSeries;
  readonly confidence: HistogramSeries;
  readonly batchRows: HistogramSeries;
  readonly batchDuration: HistogramSeries;
  /** Milliseconds of answered requests, by stage; exposed under Triton's names only. */
  readonly stageMs = { read: 0, queue: 0, decode: 0, infer: 0, post: 0 };
  /**
   * Answered requests by whether all of their results were kept, the milliseconds of those from their body to their answer,
   * and the rows of all that were not run for their own request. Exposed under Triton's names and in its statistics.
   */
  readonly cache = { hits: 0, hitMs: 0, misses: 0, reusedRows: 0 };
  /** Failed requests by error code; exposed under Triton's names only. */
  readonly failures = new Map<ErrorCode, number>();
  /** Milliseconds of failed requests; in Triton's statistics only, as what follows. */
  failedMs = 0;
  /** Batches by their number of rows. */
  readonly batchSizes = new Map<number, BatchTotals>();
  /** When the last batch was done, in milliseconds since 1970; 0 before the first. */
  lastBatchAt = 0;
  readonly #predictedClasses: ByModel['predictedClasses'];
  readonly #labelled: Set<string>;
  readonly #classes = new Map<string, CounterSeries>();

  /** `labelled`: the classes that have a label, the same for all versions so that they can be compared. */
  constructor(model: string, version: string, metrics: ByModel, labelled: Set<string>) {
    const labels = { model, version };
    this.labels = labels;
    this.succeeded = metrics.predictions.of({ ...labels, status: 'success' });
    this.failed = metrics.predictions.of({ ...labels, status: 'error' });
    this.duration = metrics.predictionDuration.of(labels);
    this.confidence = metrics.confidence.of(labels);
    this.batchRows = metrics.batchRows.of(labels);
    this.batchDuration = metrics.batchDuration.of(labels);
    this.#predictedClasses = metrics.predictedClasses;
    this.#labelled = labelled;
  }

  /** Counts a class: under its own name for the first 50 of the model, as `other` for the rest. */
  predicted(label: string): void {
    let series = this.#classes.get(label);
    if (series === undefined) {
      const own = this.#labelled.has(label) || this.#labelled.size < LABELLED_CLASSES;
      if (own) this.#labelled.add(label);
      series = this.#predictedClasses.of({ ...this.labels, class: own ? label : 'other' });
      this.#classes.set(label, series);
    }
    series.inc();
  }

  /** `ms`: from the first byte to the answer. */
  cacheUsed({ hit, reusedRows }: CacheUse, ms: number): void {
    this.cache.reusedRows += reusedRows;
    if (hit) {
      this.cache.hits++;
      this.cache.hitMs += ms;
    } else {
      this.cache.misses++;
    }
  }

  requestFailed(code: ErrorCode, ms: number): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    this.failedMs += ms;
  }

  /** `at`: milliseconds since 1970. */
  batchRun(rows: number, { decodeMs, inferMs, postMs }: BatchTimings, at: number): void {
    let totals = this.batchSizes.get(rows);
    if (totals === undefined) {
      totals = { count: 0, decodeMs: 0, inferMs: 0, postMs: 0 };
      this.batchSizes.set(rows, totals);
    }
    totals.count++;
    totals.decodeMs += decodeMs;
    totals.inferMs += inferMs;
    totals.postMs += postMs;
    this.lastBatchAt = at;
  }

  addStages(stages: StageTimings): void {
    for (const stage of STAGES) this.stageMs[stage] += stages[stage];
  }
}

export class ModelTable {
  readonly #metrics: ByModel;
  readonly #models = new Map<string, Map<string, ModelSeries>>();
  readonly #labelled = new Map<string, Set<string>>();

  constructor(metrics: ByModel) {
    this.#metrics = metrics;
  }

  /** Undefined until something of the version has been counted. */
  find({ model, version }: { readonly model: string; readonly version: string }): ModelSeries | undefined {
    return this.#models.get(model)?.get(version);
  }

  /** Names of models and versions are the operator's: a client cannot make one. */
  of({ model, version }: { readonly model: string; readonly version: string }): ModelSeries {
    return this.find({ model, version }) ?? this.#add(model, version);
  }

  /** The version is unloaded; after the last one of a model its labelled classes are forgotten too. */
  remove({ model, version }: { readonly model: string; readonly version: string }): void {
    const versions = this.#models.get(model);
    versions?.delete(version);
    if (versions?.size !== 0) return;
    this.#models.delete(model);
    this.#labelled.delete(model);
  }

  get all(): ModelSeries[] {
    return [...this.#models.values()].flatMap((versions) => [...versions.values()]);
  }

  #add(model: string, version: string): ModelSeries {
    const versions = this.#models.get(model) ?? new Map<string, ModelSeries>();
    const labelled = this.#labelled.get(model) ?? new Set<string>();
    this.#models.set(model, versions);
    this.#labelled.set(model, labelled);
    const series = new ModelSeries(model, version, this.#metrics, labelled);
    versions.set(version, series);
    return series;
  }
}
