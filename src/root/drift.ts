/** The room that watches for drift, put together. */
import { systemClock as clock } from '../clock.ts';
import type { Config } from '../config/schema.ts';
import { prepareInThread } from '../quality/drift/baseline/threads.ts';
import { Drift } from '../quality/drift/drift.ts';
import { shapedBy } from '../quality/drift/settings.ts';
import type { Serving } from '../serving/serving.ts';
import type { Events } from '../telemetry/events/events.ts';

export const openDrift = (
  { catalogue, pool }: Pick<Serving, 'catalogue' | 'pool'>,
  config: Pick<Config, 'decoder'>,
  { drift: events }: Pick<Events, 'drift'>,
): Drift =>
  new Drift(catalogue, {
    clock,
    today: () => new Date().toISOString(),
    events,
    watch(instance, on) {
      if (on) pool.watched.add(instance);
      else pool.watched.delete(instance);
    },
    settingsOf: ({ settings }) => shapedBy(settings, config),
    prepare: prepareInThread,
  });
