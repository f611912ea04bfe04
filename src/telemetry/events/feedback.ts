/** Predictions are written down, callers say whether they were right, and events of them are sent: metrics and log lines. */
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { VersionLabels } from '../metrics/register.ts';
import type { HeaderEvents } from '../trace/headers.ts';

/** Where lines go. */
export type LogName = 'predictions' | 'feedback';

/** What is needed of an entry. */
interface Labelled extends VersionLabels {
  readonly route?: string | undefined;
  readonly correct?: boolean | undefined;
  /** Whether it has counted before. */
  readonly more: boolean;
}

const EVENT_RESULTS = ['sent', 'refused', 'failed', 'full', 'too_large', 'stopped'] as const;
export type EventResult = (typeof EVENT_RESULTS)[number];

export class FeedbackEvents implements HeaderEvents {
  readonly #log: Log;
  readonly #metrics: Metrics;
  /** Of each log, lines dropped since it began to fail. */
  readonly #dropped = new Map<LogName, number>();

  constructor(log: Log, metrics: Metrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  logOpened(folder: string, sample: number, inputs: boolean): void {
    for (const log of ['predictions', 'feedback'] as const) {
      for (const result of ['written', 'dropped']) this.#metrics.logLines.of({ log, result });
      this.#metrics.logWritable.set({ log }, 1);
    }
    for (const result of ['accepted', 'known']) this.#metrics.feedback.of({ result });
    this.#log.info({ folder, sample, inputs }, 'predictions are logged');
  }

  /** The events of one log. */
  of(log: LogName) {
    return {
      written: (lines: number): void => this.#metrics.logLines.inc({ log, result: 'written' }, lines),
      dropped: (lines: number): void => {
        this.#dropped.set(log, (this.#dropped.get(log) ?? 0) + lines);
        this.#metrics.logLines.inc({ log, result: 'dropped' }, lines);
      },
      /** One line for each outage. */
      failing: (reason: string): void => {
        this.#dropped.set(log, 0);
        this.#metrics.logWritable.set({ log }, 0);
        this.#log.error({ log, reason }, 'log of predictions cannot be written, its lines wait');
      },
      works: (): void => {
        this.#metrics.logWritable.set({ log }, 1);
        const line = { log, dropped: this.#dropped.get(log) ?? 0 };
        this.#log.warn(line, 'log of predictions can be written again');
      },
      removed: (files: number): void => this.#metrics.logRemovedFiles.inc(files),
    };
  }

  /** Of the logs that were there at the start. `ms`: how long it took. */
  earlierCounted(entries: number, ms: number): void {
    this.#log.info({ entries, duration_ms: Math.round(ms) }, 'feedback of earlier processes counted');
  }

  othersUnread(reason: string): void {
    this.#log.error({ reason }, 'feedback of other processes not counted');
  }

  taken(result: string): void {
    this.#metrics.feedback.inc({ result });
  }

  accepted({ model, version, route = 'default', correct, more }: Labelled): void {
    if (correct === undefined || more) return;
    const verdict = correct ? 'right' : 'wrong';
    this.#metrics.feedbackLabels.inc({ model, version, route, verdict });
  }

  /** The query of `url` may hold a key and is not logged. */
  eventsOn(url: string, mode: string): void {
    for (const result of EVENT_RESULTS) this.#metrics.predictionEvents.of({ result });
    const { origin, pathname } = new URL(url);
    this.#log.info({ receiver: `${origin}${pathname}`, mode }, 'events of predictions are sent');
  }

  eventEnded(result: EventResult, events = 1): void {
    this.#metrics.predictionEvents.inc({ result }, events);
  }

  headersRead(): void {
    this.#log.info('headers of events of predictions read again');
  }

  headersRefused(reason: string): void {
    this.#log.error({ reason }, 'headers of events of predictions not read, those before are still sent');
  }

  /** One line for each outage. */
  eventsFailing(reason: string): void {
    this.#log.warn({ reason }, 'events of predictions cannot be sent');
  }

  eventsWork(): void {
    this.#log.info('events of predictions are sent again');
  }
}
