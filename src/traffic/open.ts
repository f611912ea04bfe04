/** Puts the parts of traffic together. */
import type { Clock } from '../clock.ts';
import type { BodyBuffers } from '../http/body/buffers.ts';
import type { Catalogue } from '../serving/catalogue.ts';
import type { TrafficEvents } from '../telemetry/events/traffic.ts';
import { TrafficControl } from './control.ts';
import { GuardWatch } from './guard/watch.ts';
import { ShadowQueue } from './shadow/queue.ts';
import { Traffic } from './traffic.ts';
import { TrafficTable } from './traffic-table.ts';

export interface TrafficSettings {
  readonly clock: Clock;
  readonly events: TrafficEvents;
  /** For copies of bodies. */
  readonly buffers: BodyBuffers;
}

export interface OpenTraffic {
  readonly traffic: Traffic;
  readonly control: TrafficControl;
  /** Drops copies that wait, and judges no more. A second call does nothing. */
  close(): void;
}

export function openTraffic(catalogue: Catalogue, { clock, events, buffers }: TrafficSettings): OpenTraffic {
  const table = new TrafficTable(catalogue, clock, events);
  const shadows = new ShadowQueue(clock, buffers, setImmediate);
  const watch = new GuardWatch(catalogue, table, clock, events);
  table.onChange = (changed) => watch.restart(changed);
  return {
    traffic: new Traffic({ catalogue, table, shadows, events, random: Math.random }),
    control: new TrafficControl(catalogue, table, clock, events),
    close() {
      shadows.close();
      watch.close();
    },
  };
}
