/**
 * One function per thing that happens; each sets its metrics and writes its log line together, so that the
 * two never disagree. The rest of the code calls these and touches neither a counter nor the logger.
 */
import type { ErrorCode, Failure, ServingError } from '../errors.ts';
import { Flood } from './flood.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Classes of a model that get a label of their own; the rest count as `other`. */
const LABELLED_CLASSES = 50;

/** The status that a request gets in the metrics when its client has left: nginx's word for it. */
const CLIENT_GONE_STATUS = 499;

/** What a server under load answers by the thousand; each of these is the same line. */
const REFUSALS = new Set<ErrorCode>(['OVERLOADED', 'QUEUE_FULL', 'MODEL_LOADING', 'DRAINING']);

/** How a request ended. */
export interface RequestEnd {
  readonly requestId: string;
  readonly method: string;
  /** The pattern, never the path: paths are the client's. */
  readonly route: string;
  /** Health, metrics and documents: logged at DEBUG. */
  readonly probe: boolean;
  readonly ms: number;
}

/** What a prediction request was answered with, for the log and the model's own metrics. */
export interface PredictionFacts {
  readonly model: string;
  readonly version: string;
  readonly succeeded: number;
  readonly failed: number;
  /** Milliseconds by stage. */
  readonly stages: StageTimings;
  /** Most probable class of each image that succeeded. */
  readonly best: readonly { readonly label: string; readonly probability: number }[];
}

interface StageTimings {
  readonly read: number;
  readonly queue: number;
  readonly decode: number;
  readonly infer: number;
  readonly post: number;
}

const STAGES = ['read', 'queue', 'decode', 'infer', 'post'] as const;

interface ModelLabels {
  readonly model: string;
  readonly version: string;
}

export class Events {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #logSample: number;
  readonly #refusals = new Flood(() => performance.now());
  readonly #classesSeen = new Map<string, Set<string>>();

  /** `logSample`: the share of successful requests that is logged, 0 to 1. */
  constructor(log: Log, metrics: Metrics, logSample: number) {
    this.#log = log;
    this.#metrics = metrics;
    this.#logSample = logSample;
  }

  serverStarting(facts: Readonly<Record<string, unknown>>): void {
    this.#log.info(facts, 'starting');
  }

  serverListening(url: string): void {
    this.#log.info({ url }, 'listening');
  }

  serverReady(ms: number): void {
    this.#log.info({ start_ms: Math.round(ms) }, 'ready');
  }

  stopRequested(reason: string, deadlineMs: number): void {
    this.#log.info({ reason, deadline_ms: deadlineMs }, 'draining');
  }

  serverStopped(clean: boolean): void {
    if (clean) this.#log.info('stopped');
    else this.#log.error('the deadline passed before all accepted work was done');
  }

  modelLoading({ model, version }: ModelLabels): void {
    this.#metrics.modelReady.set({ model, version }, 0);
    this.#log.debug({ model, version }, 'loading model');
  }

  modelReady(
    { model, version }: ModelLabels,
    provider: string,
    ms: number,
    fallbackReason: string | undefined,
  ): void {
    this.#metrics.modelReady.set({ model, version }, 1);
    this.#metrics.modelInfo.set({ model, version, provider }, 1);
    this.#metrics.modelLoad.set({ model, version }, ms / 1000);
    this.#log.info({ model, version, provider, load_ms: Math.round(ms) }, 'model ready');
    if (fallbackReason !== undefined) {
      this.#log.warn(
        { model, version, provider, reason: fallbackReason },
        'execution provider not available',
      );
    }
  }

  modelUnavailable({ model, version }: ModelLabels, reason: string): void {
    this.#metrics.modelReady.set({ model, version }, 0);
    this.#log.error({ model, version, reason }, 'model unavailable');
  }

  workerDied(worker: number, deathsInWindow: number, restartInMs: number): void {
    this.#metrics.workerDeaths.inc();
    this.#log.error({ worker, deaths_in_window: deathsInWindow, restart_in_ms: restartInMs }, 'worker died');
  }

  workerDiedOf(worker: number, cause: unknown): void {
    this.#log.error({ worker, error: cause }, 'why the worker died');
  }

  workerRestarted(worker: number): void {
    this.#metrics.workerRestarts.inc();
    this.#log.info({ worker }, 'worker restarted');
  }

  workerRestartFailed(worker: number, error: unknown): void {
    this.#log.error({ worker, error }, 'worker could not be restarted');
  }

  workerWedged(worker: number): void {
    this.#log.fatal({ worker }, 'worker is wedged: liveness fails from now on');
  }

  batchDispatched({ model, version }: ModelLabels, rows: number, reason: string, width: string): void {
    this.#metrics.batches.inc({ model, version, reason, width });
    this.#metrics.batchRows.observe({ model, version }, rows);
  }

  batchDone({ model, version }: ModelLabels, ms: number): void {
    this.#metrics.batchDuration.observe({ model, version }, ms / 1000);
  }

  batchFailed({ model, version }: ModelLabels, { code, detail }: Failure): void {
    this.#log.error({ model, version, code, reason: detail }, 'batch failed');
  }

  rowsDropped({ model, version }: ModelLabels, rows: number, stage: string, reason: string): void {
    this.#metrics.droppedRows.inc({ model, version, stage, reason }, rows);
  }

  requestRefused({ model, version }: ModelLabels, stage: string, code: string): void {
    this.#metrics.refusedRequests.inc({ model, version, stage, code });
  }

  rowsWasted({ model, version }: ModelLabels, rows: number): void {
    this.#metrics.wastedRows.inc({ model, version }, rows);
  }

  urlRefused(requestId: string, error: ServingError): void {
    this.#log.warn(
      { request_id: requestId, code: error.code, reason: causeOf(error) },
      'image by URL not fetched',
    );
  }

  bodyReceived(bytes: number): void {
    this.#metrics.receivedBytes.inc(bytes);
  }

  requestAccepted(): void {
    this.#metrics.requestsAccepted.inc();
  }

  requestAnswered(
    end: RequestEnd,
    status: number,
    sentBytes: number,
    prediction: PredictionFacts | undefined,
  ): void {
    this.#requestEnded(end, 'answered', status, sentBytes);
    if (prediction !== undefined) this.#predicted(end, prediction);
    if (end.probe) this.#log.debug(lineOf(end, status), 'request answered');
    else if (this.#logSample >= 1 || Math.random() < this.#logSample) {
      const best = prediction?.best[0];
      this.#log.info(
        {
          ...lineOf(end, status),
          ...(prediction === undefined
            ? {}
            : {
                model: prediction.model,
                version: prediction.version,
                images: prediction.succeeded + prediction.failed,
                inference_time_ms: round(prediction.stages.infer),
              }),
          ...(best === undefined ? {} : { class: best.label, probability: round(best.probability) }),
        },
        'request answered',
      );
    }
  }

  requestFailed(
    end: RequestEnd,
    error: ServingError,
    sentBytes: number,
    model: ModelLabels | undefined,
  ): void {
    this.#requestEnded(end, 'failed', error.status, sentBytes);
    this.#metrics.errors.inc({ code: error.code });
    if (model !== undefined) this.#metrics.predictions.inc({ ...model, status: 'error' });
    const suppressed = REFUSALS.has(error.code) ? this.#refusals.pass() : 0;
    const line = {
      ...lineOf(end, error.status),
      code: error.code,
      reason: error.message,
      ...(suppressed === undefined || suppressed === 0 ? {} : { suppressed }),
    };
    // At DEBUG nothing is held back.
    if (suppressed === undefined) return this.#log.debug(line, 'request failed');
    if (error.code === 'INTERNAL') this.#log.error({ ...line, error: error.cause }, 'request failed');
    else if (error.status >= 500) this.#log.warn(line, 'request failed');
    else this.#log.info(line, 'request failed');
  }

  requestAbandoned(end: RequestEnd): void {
    this.#requestEnded(end, 'abandoned', CLIENT_GONE_STATUS, 0);
    this.#log.info(lineOf(end, CLIENT_GONE_STATUS), 'client gone');
  }

  #requestEnded({ method, route }: RequestEnd, outcome: string, status: number, sentBytes: number): void {
    this.#metrics.requestsFinished.inc({ outcome });
    this.#metrics.httpRequests.inc({ method, route, code: status });
    this.#metrics.sentBytes.inc(sentBytes);
  }

  #predicted(end: RequestEnd, facts: PredictionFacts): void {
    const labels = { model: facts.model, version: facts.version };
    this.#metrics.predictionDuration.observe(labels, end.ms / 1000);
    if (facts.succeeded > 0) this.#metrics.predictions.inc({ ...labels, status: 'success' }, facts.succeeded);
    if (facts.failed > 0) this.#metrics.predictions.inc({ ...labels, status: 'error' }, facts.failed);
    for (const stage of STAGES) this.#metrics.stageDuration.observe({ stage }, facts.stages[stage] / 1000);
    for (const { label, probability } of facts.best) {
      this.#metrics.predictedClasses.inc({ ...labels, class: this.#classLabel(facts.model, label) });
      this.#metrics.confidence.observe(labels, probability);
    }
  }

  /** The class itself for the first of a model that are seen, `other` for the rest: a bounded set of series. */
  #classLabel(model: string, label: string): string {
    const seen = this.#classesSeen.get(model) ?? new Set<string>();
    this.#classesSeen.set(model, seen);
    if (!seen.has(label)) {
      if (seen.size >= LABELLED_CLASSES) return 'other';
      seen.add(label);
    }
    return label;
  }
}

const lineOf = (end: RequestEnd, status: number): Record<string, unknown> => ({
  request_id: end.requestId,
  method: end.method,
  route: end.route,
  status,
  duration_ms: round(end.ms),
});

/** Three decimals are microseconds; more is noise in a log. */
const round = (value: number): number => Math.round(value * 1000) / 1000;

/** What the log is told and the client is not. */
const causeOf = ({ cause, message }: Error): string => {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'string' ? cause : message;
};
