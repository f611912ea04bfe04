/**
 * What watches the models, as the options say. All of it listens to what the request path has answered: the path knows
 * none of these rooms, and where nothing is on, an answer costs one comparison.
 */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Pool } from '../pool/pool.ts';
import type { AnsweredListener } from '../quality/answered.ts';
import type { Drift } from '../quality/drift/drift.ts';
import { openEvents } from '../quality/events/open.ts';
import { openFeedback, type OpenFeedback } from '../quality/feedback/open.ts';
import type { Catalogue } from '../serving/catalogue.ts';
import type { Events } from '../telemetry/events/events.ts';
import { openDrift } from './drift.ts';
import { StartError } from './start-error.ts';

export interface OpenQuality {
  /** Told of every answer; undefined where nobody watches. */
  readonly answered: AnsweredListener | undefined;
  /** The log of predictions and what is said of them; undefined where it is off. */
  readonly feedback: OpenFeedback | undefined;
  /** Watches the versions that have a drift.json. */
  readonly drift: Drift;
  /** Writes what waits, for a short time. Never rejects. */
  close(): Promise<void>;
}

/** One room that watches. */
export interface Watcher {
  readonly answered: AnsweredListener;
  readonly close?: (() => void | Promise<void>) | undefined;
}

export interface QualitySurroundings {
  readonly clock: Clock;
  readonly events: Events;
  readonly catalogue: Catalogue;
  /** Whose workers say what images look like. */
  readonly pool: Pool;
}

/** @throws StartError */
export function openQuality(
  config: Config,
  { clock, events, catalogue, pool }: QualitySurroundings,
): OpenQuality {
  const feedback = orStartError('The log of predictions cannot be opened', () =>
    openFeedback(config, { clock, catalogue, events: events.feedback }),
  );
  const drift = openDrift({ catalogue, pool }, config, events);
  const sent = openEvents(config, { clock, catalogue, events: events.feedback });
  const watchers: readonly Watcher[] = [drift, feedback, sent].filter((watcher) => watcher !== undefined);
  return {
    answered: toAll(watchers),
    drift,
    feedback,
    async close() {
      await Promise.allSettled(watchers.map(async ({ close }) => close?.()));
    },
  };
}

/** Whether what clients send is written down, or sent to another. */
export const keepsInputs = (config: Config): boolean =>
  (config.predictionLogDir !== undefined && config.predictionLogInputs === 'on') ||
  (config.predictionEventsUrl !== undefined && config.predictionEventsMode !== 'response');

/** One listener that tells all of them, in order. */
function toAll(watchers: readonly Watcher[]): AnsweredListener | undefined {
  if (watchers.length < 2) return watchers[0]?.answered;
  return (answered) => {
    for (const watcher of watchers) watcher.answered(answered);
  };
}

function orStartError<Opened>(what: string, open: () => Opened): Opened {
  try {
    return open();
  } catch (error) {
    throw new StartError(`${what}: ${(error as Error).message}`, { cause: error });
  }
}
