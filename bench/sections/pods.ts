/** One server under the limits of a small pod, started anew for each repetition: what a deployment would see. */
import { using, type Context, type Section } from '../run/context.ts';
import type { Form } from '../run/form.ts';
import { podLimits } from '../run/limits.ts';
import type { Outcome } from '../generator/phase.ts';
import { onlyVersion } from '../inputs/only-version.ts';
import type { Pod } from '../record/results.ts';
import { failuresOf, goodputOf, latencyOf, valuesOf } from '../run/rows.ts';
import { startOrtolan } from '../../tools/process/ortolan.ts';
import { openPhase } from '../run/phases.ts';

const MODEL = 'fp32';

async function takePod(context: Context, { cpus, memoryMiB, offered }: Form['pods'][number]): Promise<Pod> {
  const outcomes: Outcome[] = [];
  const startMs: number[] = [];
  let limitedBy = '';
  for (let repetition = 0; repetition < context.form.repetitions; repetition++) {
    const limits = podLimits(cpus, memoryMiB);
    limitedBy = limits.how;
    const { groups, cores } = limits;
    try {
      const start = startOrtolan({
        models: onlyVersion(MODEL),
        groups,
        ...(cores === undefined ? {} : { cores }),
      });
      await using(start, async (server) => {
        startMs.push(server.startMs);
        outcomes.push(
          await openPhase(context, server, offered, repetition, { durationMs: context.form.podMs }),
        );
      });
    } finally {
      await limits.remove();
    }
    context.progress.step(`${cpus} CPU, ${memoryMiB} MiB, ${offered} requests per second`);
  }
  return {
    cpus,
    memoryMiB,
    limitedBy,
    model: MODEL,
    offered,
    ...latencyOf(outcomes),
    goodput: valuesOf(outcomes, goodputOf),
    failed: failuresOf(outcomes),
    cpu: valuesOf(outcomes, ({ serverCpu }) => serverCpu),
    rssMiB: valuesOf(outcomes, ({ serverRssMiB }) => serverRssMiB),
    startMs,
  };
}

export const pods: Section = {
  name: 'pods',
  steps: ({ repetitions, pods: all }) => repetitions * all.length,
  async run(context) {
    const rows = [];
    for (const pod of context.form.pods) {
      const name = `pod of ${pod.cpus} CPU and ${pod.memoryMiB} MiB at ${pod.offered} requests per second`;
      rows.push(await context.attempt(name, () => takePod(context, pod)));
    }
    return { pods: rows.filter((row) => row !== undefined) };
  },
};
