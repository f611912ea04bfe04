/**
 * What watches the models, as the options say. All of it listens to what the request path has answered: the path knows
 * none of these rooms, and where nothing is on, an answer costs one comparison.
 */
import type { Clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { AnsweredListener } from '../quality/answered.ts';
import type { Catalogue } from '../serving/catalogue.ts';
import type { Events } from '../telemetry/events/events.ts';

export interface OpenQuality {
  /** Told of every answer; undefined where nobody watches. */
  readonly answered: AnsweredListener | undefined;
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
}

/** @throws StartError */
export function openQuality(_config: Config, _surroundings: QualitySurroundings): OpenQuality {
  const watchers: readonly Watcher[] = [];
  return {
    answered: toAll(watchers),
    async close() {
      await Promise.allSettled(watchers.map(async ({ close }) => close?.()));
    },
  };
}

/** One listener that tells all of them, in order. */
function toAll(watchers: readonly Watcher[]): AnsweredListener | undefined {
  if (watchers.length < 2) return watchers[0]?.answered;
  return (answered) => {
    for (const watcher of watchers) watcher.answered(answered);
  };
}
