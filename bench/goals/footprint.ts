/** Memory, the time to start, and latency in a small pod. */
import { MODELS, using, type Context } from '../run/context.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import type { Pair } from '../record/statistics.ts';
import type { ModelName, Target } from '../record/results.ts';
import { closedPhase } from '../run/phases.ts';
import { startOrtolan, type Ortolan } from '../../tools/process/ortolan.ts';
import type { Goal } from './goal.ts';

const MEMORY_MIB: Readonly<Record<ModelName, number>> = { fp32: 260, int8: 200 };
const FLAT = 1.05;
const CONNECTIONS = 16;
const CHUNK_MS = 1000;

/** Resident memory in MiB after at least so many more requests. */
async function memoryAfter(context: Context, server: Ortolan, requests: number): Promise<number> {
  let memory = NaN;
  for (let sent = 0; sent < requests;) {
    const outcome = await closedPhase(context, server, CONNECTIONS, { durationMs: CHUNK_MS });
    sent += outcome.good;
    memory = outcome.serverRssMiB;
  }
  return memory;
}

export const memory: Goal = {
  name: 'memory',
  steps: ({ form }) => form.memoryRepetitions * MODELS.length,
  async run(context) {
    const targets: Target[] = [];
    const { memoryRequests, memoryRepetitions: repetitions } = context.form;
    for (const model of MODELS) {
      const growth: Pair[] = [];
      for (let repetition = 0; repetition < repetitions; repetition++) {
        await using(startOrtolan({ models: onlyVersion(model) }), async (server) => {
          const b = await memoryAfter(context, server, memoryRequests);
          growth.push({ a: await memoryAfter(context, server, memoryRequests), b });
        });
        context.progress.step(`${model}, ${this.name}`);
      }
      const count = memoryRequests.toLocaleString('en');
      targets.push(
        {
          name: 'resident memory with the default model',
          model,
          bound: MEMORY_MIB[model],
          better: 'at most',
          unit: 'MiB',
          values: growth.map(({ b }) => b),
          how: `RSS of the whole server, one worker for each core, this version only, after ${count} requests`,
        },
        {
          name: 'memory after twice as many requests',
          model,
          bound: FLAT,
          better: 'at most',
          unit: 'ratio',
          pairs: growth,
          how: `a: RSS after twice ${count} requests; b: after ${count}`,
        },
      );
    }
    return targets;
  },
};

export const start: Goal = {
  name: 'start to ready',
  steps: ({ form }) => form.repetitions,
  async run(context) {
    const values: number[] = [];
    await using(startOrtolan(), () => Promise.resolve()); // Fills the caches of disk and compiler.
    for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
      await using(startOrtolan(), ({ startMs }) => Promise.resolve(void values.push(startMs)));
      context.progress.step(this.name);
    }
    return [
      {
        name: 'start to ready',
        bound: 600,
        better: 'at most',
        unit: 'ms',
        values,
        how: 'from exec of bin/ortolan serve to its log line that says ready, default model repository, disk and caches warm',
      },
    ];
  },
};

const POD = { cpus: 1, memoryMiB: 1024, offered: 50 };
const POD_MS = { p50: 20, p95: 40, p99: 80 } as const;

/** Of what the section of the pods has measured. */
export const pod: Goal = {
  name: 'pod of 1 CPU',
  steps: () => 0,
  run({ results }) {
    const row = results.pods.find(
      ({ cpus, memoryMiB, offered }) =>
        cpus === POD.cpus && memoryMiB === POD.memoryMiB && offered === POD.offered,
    );
    if (row === undefined) throw new Error('that pod was not measured: run the section pods');
    return Promise.resolve(
      Object.entries(POD_MS).map(([quantile, bound]): Target => ({
        name: `${quantile} in a pod of 1 CPU at ${POD.offered} requests per second`,
        model: row.model,
        bound,
        better: 'at most',
        unit: 'ms',
        values: row[quantile as keyof typeof POD_MS],
        how: `Poisson arrivals, ${POD.memoryMiB} MiB; limited by ${row.limitedBy}`,
      })),
    );
  },
};
