/** The cache of answers, as the options say. */
import { AnswerCache } from '../cache/cache.ts';
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import type { Events } from '../telemetry/events/events.ts';
import { VERSION } from '../version.ts';

/** Undefined when it is off. */
export function cacheOf({ answerCacheBytes, decoder }: Config, { cache }: Events): AnswerCache | undefined {
  if (answerCacheBytes === 0) return undefined;
  return new AnswerCache({ maxBytes: answerCacheBytes, build: `${VERSION} ${decoder}` }, clock, cache);
}
