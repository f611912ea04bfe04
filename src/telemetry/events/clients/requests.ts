/** HTTP requests arrive and end: answered, failed or abandoned. Each is one log line, unless it is left out. */
import { systemClock } from '../../../clock.ts';
import type { ErrorCode, ServingError } from '../../../errors.ts';
import { Flood } from '../../log/flood.ts';
import { plain, type Log } from '../../log/log.ts';
import { addPrediction, lineOf, type PredictionFacts, type RequestEnd } from '../../log/request-line.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import type { VersionLabels } from '../../metrics/register.ts';
import type { PredictionEvents } from './predictions.ts';

/** Which of the successful requests are logged. */
export interface RequestLogSettings {
  /** Share, from 0 to 1. */
  readonly logSample: number;
  /** Most of them in a second. */
  readonly logMaxPerSecond: number;
}

/** The status that a request gets in the metrics when its client has left, as in nginx. */
const CLIENT_GONE_STATUS = 499;

/** Errors that a server under load answers by the thousand; their lines are limited to ten a second. */
const REFUSALS = new Set<ErrorCode>([
  ...(['OVERLOADED', 'QUEUE_FULL', 'MODEL_LOADING', 'DRAINING'] as const),
  ...(['RATE_LIMITED', 'QUOTA_EXCEEDED'] as const),
]);

type Series = ReturnType<typeof seriesOf>;

const seriesOf = (metrics: Metrics) => ({
  accepted: metrics.requestsAccepted.of({}),
  finished: {
    answered: metrics.requestsFinished.of({ outcome: 'answered' }),
    failed: metrics.requestsFinished.of({ outcome: 'failed' }),
    abandoned: metrics.requestsFinished.of({ outcome: 'abandoned' }),
  },
  receivedBytes: metrics.receivedBytes.of({}),
  sentBytes: metrics.sentBytes.of({}),
});

export class RequestEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #predictions: PredictionEvents;
  readonly #logSample: number;
  readonly #answers: Flood;
  readonly #refusals = new Flood(() => systemClock.now());
  /** Those that every request sets, looked up once. */
  readonly #series: Series;

  constructor(log: Log, metrics: Metrics, predictions: PredictionEvents, settings: RequestLogSettings) {
    this.#log = log;
    this.#metrics = metrics;
    this.#predictions = predictions;
    this.#logSample = settings.logSample;
    this.#answers = new Flood(() => systemClock.now(), settings.logMaxPerSecond);
    this.#series = seriesOf(metrics);
  }

  /** Its headers have been read. */
  accepted(): void {
    this.#series.accepted.inc();
  }

  /** A part of its body has been read. */
  bodyReceived(bytes: number): void {
    this.#series.receivedBytes.inc(bytes);
  }

  /** `prediction`: of a request that was one. */
  answered(
    end: RequestEnd,
    status: number,
    sentBytes: number,
    prediction: PredictionFacts | undefined,
  ): void {
    this.#ended(end, 'answered', status, sentBytes);
    if (prediction !== undefined) {
      this.#predictions.answered(prediction, end.ms - (prediction.explainedMs ?? 0), end.traceId);
    }
    if (end.quiet) return this.#log.debug(lineOf(end, status), 'request answered');
    if (this.#logSample < 1 && Math.random() >= this.#logSample) return;
    const suppressed = this.#answers.pass();
    // At DEBUG every line is written.
    const level = suppressed === undefined ? 'debug' : 'info';
    if (!this.#log.isLevelEnabled(level)) return;
    const line = lineOf(end, status);
    if (prediction !== undefined) addPrediction(line, prediction);
    if (suppressed !== undefined && suppressed > 0) line['suppressed'] = suppressed;
    this.#log[level](line, 'request answered');
  }

  /** `model`: that the request was for, if it was a prediction and its model is known. */
  failed(end: RequestEnd, error: ServingError, sentBytes: number, model: VersionLabels | undefined): void {
    this.#ended(end, 'failed', error.status, sentBytes);
    this.#metrics.errors.inc({ code: error.code });
    if (model !== undefined) this.#predictions.failed(model, error.code, end.ms);
    const suppressed = REFUSALS.has(error.code) ? this.#refusals.pass() : 0;
    // At DEBUG every line is written.
    if (suppressed === undefined && !this.#log.isLevelEnabled('debug')) return;
    const line = lineOf(end, error.status);
    line['code'] = error.code;
    line['reason'] = plain(error.message);
    if (suppressed !== undefined && suppressed > 0) line['suppressed'] = suppressed;
    if (suppressed === undefined) return this.#log.debug(line, 'request failed');
    if (error.code === 'INTERNAL') this.#log.error({ ...line, error: error.cause }, 'request failed');
    else if (error.status >= 500) {
      if (error.cause instanceof Error) line['cause'] = plain(error.cause.message);
      this.#log.warn(line, 'request failed');
    } else this.#log.info(line, 'request failed');
  }

  /** Its client has left. */
  abandoned(end: RequestEnd): void {
    this.#ended(end, 'abandoned', CLIENT_GONE_STATUS, 0);
    this.#log.info(lineOf(end, CLIENT_GONE_STATUS), 'client gone');
  }

  #ended(
    { method, route }: RequestEnd,
    outcome: keyof Series['finished'],
    status: number,
    sentBytes: number,
  ): void {
    this.#series.finished[outcome].inc();
    this.#metrics.httpRequests.inc({ method, route, code: status });
    this.#series.sentBytes.inc(sentBytes);
  }
}
