/** Says in the log what is unsafe together, once for each start. */
import type { Config } from '../config/schema.ts';
import { postureOf } from '../config/self-check/posture.ts';
import { unsafeIn } from '../config/self-check/unsafe.ts';
import type { Events } from '../telemetry/events/events.ts';

export function warnOfUnsafe(config: Config, events: Events): void {
  const posture = postureOf(config.models, process.env);
  for (const { check, says } of unsafeIn(config, posture)) events.server.unsafe(check, says);
}
