/** One server under the limits of a small pod, started anew for each repetition: what a deployment would see. */
import { using, type Context, type Section } from '../context.ts';
import type { Form } from '../form.ts';
import { podLimits } from '../limits.ts';
import type { Outcome } from '../load/phase.ts';
import { onlyVersion } from '../model-folder.ts';
import { residentMiB } from '../process-usage.ts';
import type { Pod } from '../results.ts';
import { failuresOf, goodputOf, latencyOf, valuesOf } from '../rows.ts';
import { startOrtolan } from '../server.ts';
import { openPhase } from './open-loop.ts';

const MODEL = 'fp32';

async function takePod(context: Context, { cpus, memoryMiB, offered }: Form['pods'][number]): Promise<Pod> {
  const outcomes: Outcome[] = [];
  const rssMiB: number[] = [];
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
        startMs.push(server.readyMs);
        outcomes.push(await openPhase(context, server, offered, repetition, context.form.podMs));
        rssMiB.push(residentMiB(server.pids()));
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
    rssMiB,
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
