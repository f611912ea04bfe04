/** Records the log lines and metrics of events. */
import { Events } from '../../src/telemetry/events/events.ts';
import { exposition } from '../../src/telemetry/metrics/exposition.ts';
import { createLog, type LogLevel } from '../../src/telemetry/log/log.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics/metrics.ts';

export type LogLine = Readonly<Record<string, unknown>>;

export interface Telemetry {
  readonly events: Events;
  readonly metrics: Metrics;
  /** All lines so far, parsed. */
  readonly lines: LogLine[];
  /** Resolves with the value of one series in a scrape; undefined when it does not exist. */
  value(series: string): Promise<number | undefined>;
}

export function recordTelemetry(
  level: LogLevel = 'DEBUG',
  logSample = 1,
  logMaxPerSecond = Infinity,
): Telemetry {
  const lines: LogLine[] = [];
  const metrics = createMetrics();
  const log = createLog({ level, write: (line) => lines.push(JSON.parse(line) as LogLine) });
  const value = async (series: string): Promise<number | undefined> => {
    const { body } = await exposition(metrics, 'text/plain');
    return samplesOf(body).get(series);
  };
  return { events: new Events(log, metrics, { logSample, logMaxPerSecond }), metrics, lines, value };
}

/** Parses the text format into series, `name{label="value",…}` as written, and values. */
export function samplesOf(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, series, value] = /^([^#\s][^\s{]*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (series !== undefined) samples.set(series, Number(value));
  }
  return samples;
}
