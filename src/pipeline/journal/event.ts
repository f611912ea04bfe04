/**
 * What happens in a pipeline, as CloudEvents 1.0 in JSON: a line of the journal is what a webhook is told.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
import type { StepFacts, StepName } from './facts.ts';

export type TriggerName = 'command' | 'candidate' | 'drift' | 'accuracy' | 'labels' | 'schedule';

/**
 * How a run ends. refused: by the gate. skipped: there was too little to train on. failed: a step could not be done.
 */
export type Outcome = 'promoted' | 'rolled_back' | 'refused' | 'skipped' | 'failed';

export interface EventData {
  'run.started': {
    readonly trigger: TriggerName;
    /** A sentence: what the trigger has seen. */
    readonly reason: string;
    /** Labels that the server knew of when the run began; undefined where it keeps none. */
    readonly labels?: number | undefined;
    /** A folder with a candidate that something else has trained. */
    readonly candidate?: string | undefined;
  };
  'step.started': { readonly step: StepName };
  'step.finished': {
    readonly [Step in StepName]: {
      readonly step: Step;
      readonly ms: number;
      readonly facts: StepFacts[Step];
    };
  }[StepName];
  'step.failed': { readonly step: StepName; readonly ms: number; readonly reason: string };
  'canary.weight': { readonly version: string; readonly weight: number };
  'run.finished': {
    readonly outcome: Outcome;
    readonly reason: string;
    readonly version?: string | undefined;
  };
  /** The first event of a journal that was cut: what its earlier events had added up to. */
  'journal.cut': { readonly totals: Readonly<Record<string, number>>; readonly highest: number };
}

export type EventKind = keyof EventData;

/** Of what every event says beside its own. */
interface About {
  readonly model: string;
  readonly run: string;
}

export type PipelineEvent = {
  readonly [Kind in EventKind]: {
    readonly specversion: '1.0';
    /** Unique together with `source`. */
    readonly id: string;
    readonly source: string;
    readonly type: `${typeof PREFIX}${Kind}`;
    /** The run. */
    readonly subject: string;
    /** RFC 3339, in UTC. */
    readonly time: string;
    readonly datacontenttype: 'application/json';
    readonly data: EventData[Kind] & About;
  };
}[EventKind];

export const PREFIX = 'org.ortolan.pipeline.';

/** The event of that kind; undefined when it is of another one. */
export function dataOf<Kind extends EventKind>(
  event: PipelineEvent,
  kind: Kind,
): (EventData[Kind] & About) | undefined {
  return event.type === `${PREFIX}${kind}` ? (event.data as unknown as EventData[Kind] & About) : undefined;
}

export interface EventFacts<Kind extends EventKind> {
  readonly kind: Kind;
  readonly data: EventData[Kind];
  readonly model: string;
  readonly run: string;
  /** Place of the event in the journal, from 1 on. */
  readonly at: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export const eventOf = <Kind extends EventKind>({
  kind,
  data,
  model,
  run,
  at,
  now,
}: EventFacts<Kind>): PipelineEvent =>
  ({
    specversion: '1.0',
    id: `${run}.${at}`,
    source: `/ortolan/pipelines/${encodeURIComponent(model)}`,
    type: `${PREFIX}${kind}`,
    subject: run,
    time: new Date(now).toISOString(),
    datacontenttype: 'application/json',
    data: { model, run, ...data },
  }) as PipelineEvent;

/** The event of a line; undefined when it is none. */
export function parseEvent(line: string): PipelineEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { specversion, id, source, type, subject, time, data } = (value ?? {}) as Record<string, unknown>;
  const texts = [id, source, type, subject, time].every((text) => typeof text === 'string' && text !== '');
  if (specversion !== '1.0' || !texts || !(type as string).startsWith(PREFIX)) return undefined;
  if (typeof data !== 'object' || data === null || Number.isNaN(Date.parse(time as string))) return undefined;
  return value as PipelineEvent;
}
