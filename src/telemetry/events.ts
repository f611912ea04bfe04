/**
 * One function per thing that happens; each sets its metrics and writes its log line together, so that the
 * two never disagree. The rest of the code calls these and touches neither a counter nor the logger.
 */
import { systemClock } from '../clock.ts';
import type { ErrorCode, Failure, ServingError } from '../errors.ts';
import { Minute } from './metrics/minute.ts';
import { Flood } from './log/flood.ts';
import { plain, type Log } from './log/log.ts';
import type { Metrics } from './metrics/metrics.ts';
import { STAGES } from './metrics/model-series.ts';
import { addPrediction, lineOf, type PredictionFacts, type RequestEnd } from './log/request-line.ts';

/** The status that a request gets in the metrics when its client has left: nginx's word for it. */
const CLIENT_GONE_STATUS = 499;

/** What a server under load answers by the thousand; each of these is the same line. */
const REFUSALS = new Set<ErrorCode>(['OVERLOADED', 'QUEUE_FULL', 'MODEL_LOADING', 'DRAINING']);

interface ModelLabels {
  readonly model: string;
  readonly version: string;
}

type Often = ReturnType<typeof oftenOf>;

const oftenOf = (metrics: Metrics) => ({
  accepted: metrics.requestsAccepted.of({}),
  finished: {
    answered: metrics.requestsFinished.of({ outcome: 'answered' }),
    failed: metrics.requestsFinished.of({ outcome: 'failed' }),
    abandoned: metrics.requestsFinished.of({ outcome: 'abandoned' }),
  },
  offered: {
    accepted: metrics.offeredWork.of({ outcome: 'accepted' }),
    refused: metrics.offeredWork.of({ outcome: 'refused' }),
  },
  receivedBytes: metrics.receivedBytes.of({}),
  sentBytes: metrics.sentBytes.of({}),
  stages: STAGES.map((stage) => ({ stage, series: metrics.stageDuration.of({ stage }) })),
});

export class Events {
  /** The predictions of the last minute. */
  readonly minute = new Minute(systemClock);
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #logSample: number;
  readonly #answers: Flood;
  readonly #refusals = new Flood(() => systemClock.now());
  /** Series that every request sets, looked up once. */
  readonly #often: Often;

  /**
   * `logSample`: the share of successful requests that is logged, 0 to 1. `logMaxPerSecond`: and of those, the most in a
   * second.
   */
  constructor(log: Log, metrics: Metrics, logSample: number, logMaxPerSecond = Infinity) {
    this.#log = log;
    this.#metrics = metrics;
    this.#logSample = logSample;
    this.#answers = new Flood(() => systemClock.now(), logMaxPerSecond);
    this.#often = oftenOf(metrics);
  }

  serverStarting(facts: Readonly<Record<string, unknown>>): void {
    this.#log.info(facts, 'starting');
  }

  cacheUnusable(folder: string, reason: string): void {
    this.#log.warn({ folder, reason }, 'the cache folder cannot be used: starts take longer');
  }

  serverListening(url: string): void {
    this.#log.info({ url }, 'listening');
  }

  serverReady(ms: number): void {
    this.#log.info({ start_ms: Math.round(ms) }, 'ready');
  }

  signalIgnored(signal: string): void {
    this.#log.info({ signal }, 'signal ignored');
  }

  stopRequested(reason: string, deadlineMs: number): void {
    this.#log.info({ reason, deadline_ms: deadlineMs }, 'draining');
  }

  serverStopped(clean: boolean): void {
    if (clean) this.#log.info('stopped');
    else this.#log.error('the deadline passed before all accepted work was done');
    this.#log.flush();
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
    this.#metrics.models.of({ model, version }); // At 0, so that the first of anything is a step to be seen.
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

  /** The version is not served any more: nothing of it may be reported after this, or its series come back. */
  modelRemoved({ model, version }: ModelLabels): void {
    this.#metrics.removeVersion({ model, version });
    this.#log.info({ model, version }, 'model removed');
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
    this.#metrics.models.of({ model, version }).batchRows.observe(rows);
  }

  batchDone(labels: ModelLabels, ms: number): void {
    this.#metrics.models.of(labels).batchDuration.observe(ms / 1000);
    this.#metrics.workerBusy.inc(ms / 1000);
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

  /** `ms`: predicted worker time of a request that arrived. */
  workOffered(outcome: 'accepted' | 'refused', ms: number): void {
    this.#often.offered[outcome].inc(ms / 1000);
  }

  rowsWasted({ model, version }: ModelLabels, rows: number): void {
    this.#metrics.wastedRows.inc({ model, version }, rows);
  }

  urlRefused(requestId: string, error: ServingError): void {
    this.#log.warn(
      { request_id: requestId, code: error.code, reason: plain(causeOf(error)) },
      'image by URL not fetched',
    );
  }

  bodyReceived(bytes: number): void {
    this.#often.receivedBytes.inc(bytes);
  }

  requestAccepted(): void {
    this.#often.accepted.inc();
  }

  requestAnswered(
    end: RequestEnd,
    status: number,
    sentBytes: number,
    prediction: PredictionFacts | undefined,
  ): void {
    this.#requestEnded(end, 'answered', status, sentBytes);
    if (prediction !== undefined) this.#predicted(end, prediction);
    if (end.quiet) return this.#log.debug(lineOf(end, status), 'request answered');
    if (this.#logSample < 1 && Math.random() >= this.#logSample) return;
    const suppressed = this.#answers.pass();
    // At DEBUG nothing is held back.
    const level = suppressed === undefined ? 'debug' : 'info';
    if (!this.#log.isLevelEnabled(level)) return;
    const line = lineOf(end, status);
    if (prediction !== undefined) addPrediction(line, prediction);
    if (suppressed !== undefined && suppressed > 0) line['suppressed'] = suppressed;
    this.#log[level](line, 'request answered');
  }

  requestFailed(
    end: RequestEnd,
    error: ServingError,
    sentBytes: number,
    model: ModelLabels | undefined,
  ): void {
    this.#requestEnded(end, 'failed', error.status, sentBytes);
    this.#metrics.errors.inc({ code: error.code });
    if (model !== undefined) {
      this.minute.failed();
      const series = this.#metrics.models.of(model);
      series.failed.inc();
      series.requestFailed(error.code);
    }
    const suppressed = REFUSALS.has(error.code) ? this.#refusals.pass() : 0;
    // At DEBUG nothing is held back.
    if (suppressed === undefined && !this.#log.isLevelEnabled('debug')) return;
    const line = lineOf(end, error.status);
    line['code'] = error.code;
    line['reason'] = plain(error.message);
    if (suppressed !== undefined && suppressed > 0) line['suppressed'] = suppressed;
    if (suppressed === undefined) return this.#log.debug(line, 'request failed');
    if (error.code === 'INTERNAL') this.#log.error({ ...line, error: error.cause }, 'request failed');
    else if (error.status >= 500) this.#log.warn(line, 'request failed');
    else this.#log.info(line, 'request failed');
  }

  requestAbandoned(end: RequestEnd): void {
    this.#requestEnded(end, 'abandoned', CLIENT_GONE_STATUS, 0);
    this.#log.info(lineOf(end, CLIENT_GONE_STATUS), 'client gone');
  }

  #requestEnded(
    { method, route }: RequestEnd,
    outcome: keyof Often['finished'],
    status: number,
    sentBytes: number,
  ): void {
    this.#often.finished[outcome].inc();
    this.#metrics.httpRequests.inc({ method, route, code: status });
    this.#often.sentBytes.inc(sentBytes);
  }

  #predicted({ ms, traceId }: RequestEnd, facts: PredictionFacts): void {
    this.minute.answered(ms);
    const series = this.#metrics.models.of(facts);
    series.duration.observe(ms / 1000, traceId);
    series.succeeded.inc(facts.succeeded);
    series.failed.inc(facts.failed);
    series.addStages(facts.stages);
    for (const { stage, series: duration } of this.#often.stages) {
      duration.observe(facts.stages[stage] / 1000, traceId);
    }
    for (const { label, probability } of facts.best) {
      series.predicted(label);
      series.confidence.observe(probability);
    }
  }
}

/** What the log is told and the client is not. */
const causeOf = ({ cause, message }: Error): string => {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'string' ? cause : message;
};
