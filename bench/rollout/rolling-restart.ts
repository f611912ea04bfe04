/**
 * A rolling restart under load: one server after the other is told to stop, waited for, started again, and the next one
 * only follows when the proxy has given the first one work again. What is measured is what clients see meanwhile.
 */
import type { Fleet, Restart } from './fleet.ts';
import type { SteadyLoad, Stretch } from '../../tools/load/steady.ts';

export interface Rollout {
  readonly before: Stretch;
  readonly during: Stretch;
  readonly restarts: readonly Restart[];
}

export interface RolloutSettings {
  /** How often every server is restarted. */
  readonly rounds: number;
  /** The servers to restart; all of them when undefined. From 0. */
  readonly which?: readonly number[];
  /** Load before the first restart, to compare with. */
  readonly beforeMs: number;
  readonly signal?: NodeJS.Signals;
  /** Freeze every server for so long, instead of restarting it. */
  readonly freezeMs?: number;
  readonly onRestart?: (restart: Restart, round: number) => void;
}

/** @param load runs already; this leaves it running */
export async function rollingRestart(
  fleet: Fleet,
  load: SteadyLoad,
  settings: RolloutSettings,
): Promise<Rollout> {
  const { rounds, which = [...fleet.addresses.keys()], signal, freezeMs, onRestart } = settings;
  // Every server has answered once: the proxy knows them all, and their code is compiled.
  await Promise.all(fleet.addresses.map((address) => load.heardFrom(address)));
  await load.next();
  await new Promise((resolve) => void setTimeout(resolve, settings.beforeMs));
  const before = await load.next();
  const restarts: Restart[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const index of which) {
      if (freezeMs === undefined) {
        const restart = await fleet.restart(index, signal);
        restarts.push(restart);
        onRestart?.(restart, round);
      } else await fleet.freeze(index, freezeMs);
      await load.heardFrom(fleet.addresses[index]!);
    }
  }
  return { before, during: await load.next(), restarts };
}
