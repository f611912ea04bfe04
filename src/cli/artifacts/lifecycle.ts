/** `ortolan artifacts lifecycle`: the rules by which a bucket itself removes what is old. */
import { lifecycleRules } from '../../artifacts/archive/lifecycle-rules.ts';
import { CliError } from '../cli-error.ts';
import type { Terminal } from '../terminal.ts';
import { withArtifacts, type Typed } from './artifacts.ts';
import { keptMs } from './prune.ts';

const DAY_MS = 86_400_000;

/** @throws CliError where the store has no such rules */
export function applyLifecycle(typed: Typed, terminal: Terminal): Promise<void> {
  const days = Math.ceil(keptMs(typed) / DAY_MS);
  if (days < 1) throw new CliError(2, '--keep takes at least a day: buckets count days.');
  return withArtifacts(typed, terminal, async ({ archive, address }) => {
    const lifecycle = archive?.store.lifecycle;
    if (lifecycle === undefined) {
      throw new CliError(
        2,
        `${address} expires nothing by itself: let \`ortolan artifacts prune --keep ${days}d\` run every day.`,
      );
    }
    const rules = lifecycleRules(days);
    if (typed['apply'] !== true) return terminal.out(lifecycle.written(rules));
    await lifecycle.apply(rules);
    terminal.out(
      `${address}: backups, and what was overwritten or deleted, are removed after ${days} days by the bucket.`,
    );
  });
}
