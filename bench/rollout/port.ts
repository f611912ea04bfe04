/**
 * A port that a server can be given again after it was away: below those that the system hands out to outgoing
 * connections (from 32768), of which one might hold it by then. Another program may still take it in between.
 */
import { randomInt } from 'node:crypto';
import { isFree } from '../../tools/process/free-port.ts';

const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES = 100;

/** @throws Error when a hundred ports at random were all taken */
export async function steadyPort(): Promise<number> {
  for (let left = TRIES; left > 0; left--) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port between ${LOWEST} and ${HIGHEST} is free`);
}
