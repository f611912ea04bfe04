/** Throughput and latency against the number of connections, both versions in turn, each on a server of its own. */
import { MODELS, SLO_MS, using, type Context, type Section } from '../context.ts';
import type { Contestant } from '../contestant.ts';
import type { Outcome } from '../load/phase.ts';
import { onlyVersion } from '../model-folder.ts';
import { residentMiB } from '../process-usage.ts';
import type { ClosedLoop, ModelName } from '../results.ts';
import { failuresOf, goodPerSecond, latencyOf, valuesOf } from '../rows.ts';
import { PATIENT, startOrtolan, type Ortolan } from '../server.ts';

export const startPatient = (model: ModelName): Promise<Ortolan> =>
  startOrtolan({ models: onlyVersion(model), args: PATIENT });

/** One phase of a closed loop with the standard photographs. */
export const closedPhase = (
  context: Context,
  server: Contestant,
  connections: number,
  durationMs = context.form.phaseMs,
): Promise<Outcome> =>
  context.generator.play({
    kind: 'closed',
    url: server.url,
    headers: server.headers,
    bodies: context.photographs.map((photograph) => server.bodyOf(photograph)),
    connections,
    warmUpMs: context.form.warmUpMs,
    durationMs,
    pids: server.pids(),
    sloMs: SLO_MS,
  });

export interface Taken {
  readonly outcome: Outcome;
  readonly rssMiB: number;
}

export async function takeClosed(context: Context, server: Contestant, connections: number): Promise<Taken> {
  const outcome = await closedPhase(context, server, connections);
  return { outcome, rssMiB: residentMiB(server.pids()) };
}

export function closedRow(
  server: Contestant,
  model: ModelName,
  concurrency: number,
  taken: readonly Taken[],
): ClosedLoop {
  const outcomes = taken.map(({ outcome }) => outcome);
  return {
    server: server.name,
    ...(server.setting === undefined ? {} : { setting: server.setting }),
    model,
    concurrency,
    ...latencyOf(outcomes),
    perSecond: outcomes.map(goodPerSecond),
    failed: failuresOf(outcomes),
    cpu: valuesOf(outcomes, ({ serverCpu }) => serverCpu),
    rssMiB: taken.map(({ rssMiB }) => rssMiB),
  };
}

export const closedLoop: Section = {
  name: 'closed loop',
  steps: ({ repetitions, concurrencies }) => repetitions * concurrencies.length * MODELS.length,
  run: async (context) =>
    using(startPatient('fp32'), (fp32) =>
      using(startPatient('int8'), async (int8) => {
        const servers = { fp32, int8 };
        const taken = new Map<string, Taken[]>();
        for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
          for (const concurrency of context.form.concurrencies) {
            for (const model of MODELS) {
              const key = `${model} ${concurrency}`;
              const one = await takeClosed(context, servers[model], concurrency);
              taken.set(key, [...(taken.get(key) ?? []), one]);
              context.progress.step(`${model}, ${concurrency} connections`);
            }
          }
        }
        return {
          closedLoop: MODELS.flatMap((model) =>
            context.form.concurrencies.map((concurrency) =>
              closedRow(servers[model], model, concurrency, taken.get(`${model} ${concurrency}`)!),
            ),
          ),
        };
      }),
    ),
};
