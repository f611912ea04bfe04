/** Every section of a report, in the order in which it is read. Pure: the same results give the same blocks. */
import type { Block } from './blocks.ts';
import type { Sources } from './contestants.ts';
import { ceilings } from './sections/ceilings.ts';
import { closedLoop } from './sections/closed-loop.ts';
import { micro, pods, scenarios } from './sections/elsewhere.ts';
import { costs } from './sections/costs.ts';
import { fleets } from './sections/fleets.ts';
import { highestRates, openLoop } from './sections/open-loop.ts';
import { howToRead, origin, skipped } from './sections/reading.ts';
import { targets } from './sections/targets.ts';

export function sections(sources: Sources): Block[] {
  return [
    origin,
    howToRead,
    targets,
    ceilings,
    closedLoop,
    openLoop,
    highestRates,
    scenarios,
    pods,
    fleets,
    costs,
    micro,
    skipped,
  ].flatMap((section) => section(sources));
}
