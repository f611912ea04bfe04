/** Nanoseconds of the small things: bench/micro does it, in this process, with nothing else running. */
import type { Section } from '../run/context.ts';

export const micro: Section = {
  name: 'micro',
  steps: () => 1,
  async run(context) {
    // Loaded here only: what it measures is loaded with it, and would weigh on this process for the whole run.
    const rows = await context.attempt('micro', async () => {
      const { runMicro } = await import('../micro/all.ts');
      return runMicro(context.form.name === 'quick');
    });
    context.progress.step('micro');
    return { micro: rows ?? [] };
  },
};
