/** Sends events of predictions, where an option names a receiver. */
import { hostname } from 'node:os';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import { EventSender } from '../../outbound/event-sender.ts';
import type { Catalogue } from '../../serving/catalogue.ts';
import type { FeedbackEvents } from '../../telemetry/events/feedback.ts';
import { ExportHeaders } from '../../telemetry/trace/headers.ts';
import type { AnsweredListener } from '../answered.ts';
import { recordOf } from '../log/record.ts';
import { eventsOf, type EventSettings } from './event.ts';
import { AT_ONCE, EventQueue } from './queue.ts';

export interface OpenEvents {
  readonly answered: AnsweredListener;
  close(): Promise<void>;
}

interface Surroundings {
  readonly clock: Clock;
  readonly events: FeedbackEvents;
  readonly catalogue: Catalogue;
}

const TIMEOUT_MS = 5000;
/** How long a stop waits for the receiver. */
const CLOSE_MS = 1000;

/** Undefined where no option names a receiver. */
export function openEvents(
  config: Config,
  { clock, events, catalogue }: Surroundings,
): OpenEvents | undefined {
  const { predictionEventsUrl: url, predictionEventsMode: mode } = config;
  if (url === undefined) return undefined;
  const { predictionEventsHeaders: list, predictionEventsHeadersFile: file } = config;
  const headers = new ExportHeaders({ list, file }, clock, events);
  const sender = new EventSender({
    url: new URL(url),
    headers: () => headers.now,
    timeoutMs: TIMEOUT_MS,
    connections: AT_ONCE,
  });
  const queue = new EventQueue(sender, clock, events);
  const settings: EventSettings = {
    mode,
    service: config.predictionEventsService,
    namespace: config.predictionEventsNamespace,
    source: `/ortolan/${hostname()}`,
  };
  events.eventsOn(url, mode);
  return {
    answered(answered) {
      const { name, version } = answered.version;
      const isDefault = catalogue.model(name)?.defaultVersion === version;
      for (const event of eventsOf(answered, recordOf(answered, Date.now()), isDefault, settings)) {
        if (event === 'too_large') events.eventEnded(event);
        else queue.add(event);
      }
    },
    close() {
      headers.close();
      return queue.close(CLOSE_MS);
    },
  };
}
