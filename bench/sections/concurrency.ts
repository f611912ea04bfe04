/** Throughput and latency against the number of connections, both versions in turn, each on a server of its own. */
import { MODELS, using, type Section } from '../run/context.ts';
import { closedPhase, startPatient } from '../run/phases.ts';
import { repeatEach } from '../run/repetitions.ts';
import { closedRow, rowOf } from '../run/rows.ts';

export const concurrency: Section = {
  name: 'closed loop',
  steps: ({ repetitions, concurrencies }) => repetitions * concurrencies.length * MODELS.length,
  run: async (context) =>
    using(startPatient('fp32'), (fp32) =>
      using(startPatient('int8'), async (int8) => {
        const servers = { fp32, int8 };
        const loads = context.form.concurrencies.flatMap((connections) =>
          MODELS.map((model) => ({ connections, model })),
        );
        const taken = await repeatEach(
          context,
          loads,
          ({ connections, model }) => `${model}, ${connections} connections`,
          ({ connections, model }) => closedPhase(context, servers[model], connections),
        );
        const rows = loads.map(({ connections, model }, index) =>
          closedRow(rowOf(servers[model], model), connections, taken[index]!),
        );
        return { closedLoop: MODELS.flatMap((model) => rows.filter((row) => row.model === model)) };
      }),
    ),
};
