/** How a request ended, and the fields of its line in the log. Nothing that a client wrote is among them but its id. */
import { plain } from './log.ts';
import type { CacheUse, StageTimings } from '../metrics/model-series.ts';

/** How a request ended. */
export interface RequestEnd {
  readonly requestId: string;
  readonly method: string;
  /** The pattern, never the path, which the client wrote. */
  readonly route: string;
  /** Health, metrics, documents, pages and /debug: logged at DEBUG. */
  readonly quiet: boolean;
  readonly ms: number;
  /** What the caller was recognised by, and its id; undefined where nobody is asked. */
  readonly caller?: { readonly kind: string; readonly id: string } | undefined;
  /** Of its trace, 32 hexadecimal digits; undefined unless that is sampled. */
  readonly traceId: string | undefined;
  /** Of its own span in that trace, 16 hexadecimal digits. */
  readonly spanId?: string | undefined;
}

/** The answer to a prediction request, as the log and the metrics of the model need it. */
export interface PredictionFacts {
  readonly model: string;
  readonly version: string;
  /** Why that version. */
  readonly route?: string | undefined;
  readonly succeeded: number;
  readonly failed: number;
  /** Positions of the images that are suspect; undefined where there are none. */
  readonly suspect?: readonly number[];
  /** What the cache of answers did; undefined where there is none. */
  readonly cache?: CacheUse | undefined;
  readonly stages: StageTimings;
  /** Milliseconds of explaining the answer, which are not the prediction's; undefined where it was not asked for. */
  readonly explainedMs?: number | undefined;
  /** Most probable class of each image that succeeded. */
  readonly best: readonly { readonly label: string; readonly probability: number }[];
}

export type Line = Record<string, unknown>;

/** The fields of every request. */
export function lineOf(end: RequestEnd, status: number): Line {
  const line: Line = {
    request_id: end.requestId,
    method: end.method,
    route: end.route,
    status,
    duration_ms: round(end.ms),
  };
  if (end.caller !== undefined) line['caller'] = `${end.caller.kind}:${plain(end.caller.id)}`;
  if (end.traceId !== undefined) line['trace_id'] = end.traceId;
  if (end.spanId !== undefined) line['span_id'] = end.spanId;
  return line;
}

/** Those of a prediction. */
export function addPrediction(line: Line, facts: PredictionFacts): void {
  const [best] = facts.best;
  line['model'] = facts.model;
  line['version'] = facts.version;
  if (facts.route !== undefined) line['model_route'] = facts.route;
  line['images'] = facts.succeeded + facts.failed;
  if (facts.suspect !== undefined) line['suspect_images'] = facts.suspect.length;
  line['inference_time_ms'] = round(facts.stages.infer);
  if (facts.explainedMs !== undefined) line['explanation_time_ms'] = round(facts.explainedMs);
  if (best === undefined) return;
  line['class'] = best.label;
  line['probability'] = round(best.probability);
}

/** Three decimals are microseconds; more is noise in a log. */
const round = (value: number): number => Math.round(value * 1000) / 1000;
