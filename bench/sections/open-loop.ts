/** Latency and goodput against the offered load: what happens near the ceiling, and past it. */
import { MODELS, SLO_MS, using, type Context, type Section } from '../context.ts';
import type { Contestant } from '../contestant.ts';
import type { Outcome } from '../load/phase.ts';
import { onlyVersion } from '../model-folder.ts';
import type { ModelName, OpenLoop } from '../results.ts';
import { openColumns } from '../rows.ts';
import { startOrtolan } from '../server.ts';

/** One phase of Poisson arrivals with the standard photographs. */
export const openPhase = (
  context: Context,
  server: Pick<Contestant, 'url' | 'headers' | 'bodyOf' | 'pids'>,
  perSecond: number,
  seed: number,
  durationMs = context.form.phaseMs,
): Promise<Outcome> =>
  context.generator.play({
    kind: 'open',
    url: server.url,
    headers: server.headers,
    bodies: context.photographs.map((photograph) => server.bodyOf(photograph)),
    perSecond,
    seed,
    warmUpMs: context.form.warmUpMs,
    durationMs,
    pids: server.pids(),
    sloMs: SLO_MS,
  });

export async function openRows(
  context: Context,
  server: Contestant,
  model: ModelName,
  shares: readonly number[],
): Promise<OpenLoop[]> {
  const ceiling = context.ceilingOf(model);
  const outcomes = shares.map((): Outcome[] => []);
  for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
    for (const [index, share] of shares.entries()) {
      outcomes[index]!.push(await openPhase(context, server, share * ceiling, repetition * 100 + index));
      context.progress.step(`${server.name}, ${model}, ${Math.round(share * 100)} % of the ceiling`);
    }
  }
  return shares.map((share, index) => ({
    server: server.name,
    ...(server.setting === undefined ? {} : { setting: server.setting }),
    model,
    sloMs: SLO_MS,
    offered: share * ceiling,
    ofCeiling: share,
    ...openColumns(outcomes[index]!),
  }));
}

export const openLoop: Section = {
  name: 'open loop',
  steps: ({ repetitions, shares }) => repetitions * shares.length * MODELS.length,
  async run(context) {
    const rows = [];
    for (const model of MODELS) {
      rows.push(
        await context.attempt(`open loop of ${model}`, () =>
          using(startOrtolan({ models: onlyVersion(model) }), (server) =>
            openRows(context, server, model, context.form.shares),
          ),
        ),
      );
    }
    return { openLoop: rows.flatMap((part) => part ?? []) };
  },
};
