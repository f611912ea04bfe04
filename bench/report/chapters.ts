/** Every chapter of a report, in the order in which it is read. Pure: the same results give the same blocks. */
import type { Block } from './text/blocks.ts';
import type { Sources } from './text/servers.ts';
import { ceilings } from './chapters/ceilings.ts';
import { closedLoop } from './chapters/by-connections.ts';
import { micro, pods, scenarios } from './chapters/elsewhere.ts';
import { processorTime } from './chapters/processor-time.ts';
import { costs } from './chapters/costs.ts';
import { fleets } from './chapters/fleets.ts';
import { highestRates, openLoop } from './chapters/by-rate.ts';
import { howToRead, origin, skipped } from './chapters/reading.ts';
import { summary } from './chapters/summary.ts';
import { targets } from './chapters/targets.ts';

export function chapters(sources: Sources): Block[] {
  return [
    summary,
    origin,
    howToRead,
    targets,
    ceilings,
    processorTime,
    closedLoop,
    openLoop,
    highestRates,
    scenarios,
    pods,
    fleets,
    costs,
    micro,
    skipped,
  ].flatMap((chapter) => chapter(sources));
}
