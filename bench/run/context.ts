/** What the sections of a run have in common: the form, the generator, the photographs, how far they are. */
import type { Form } from './form.ts';
import { standard } from '../../tools/photographs/sets.ts';
import { Generator, GENERATOR_CORE } from '../generator/generator.ts';
import type { Progress } from './progress.ts';
import { median } from '../record/statistics.ts';
import type { ModelName, Results } from '../record/results.ts';
import type { Part } from '../record/store.ts';

/** The SLO of every open loop here, and the server's own default. */
export const SLO_MS = 200;
export const MODELS: readonly ModelName[] = ['fp32', 'int8'];

export interface Section {
  readonly name: string;
  /** How many steps it will report. */
  readonly steps: (form: Form) => number;
  readonly run: (context: Context) => Promise<Part>;
}

interface Stoppable {
  stop(): Promise<void>;
}

export class Context {
  readonly form: Form;
  readonly generator = Generator.start(GENERATOR_CORE);
  readonly progress: Progress;
  readonly photographs: readonly Buffer[];
  /** What was measured before this section. */
  results: Results;
  readonly #skipped: { what: string; why: string }[] = [];

  private constructor(form: Form, progress: Progress, results: Results, photographs: readonly Buffer[]) {
    this.form = form;
    this.progress = progress;
    this.results = results;
    this.photographs = photographs;
  }

  static async create(form: Form, progress: Progress, results: Results): Promise<Context> {
    const photographs = await standard();
    return new Context(
      form,
      progress,
      results,
      photographs.map(({ bytes }) => bytes),
    );
  }

  /** Images per second of decode and run over all cores with no server, as measured in this run. */
  ceilingOf(model: ModelName): number {
    const found = this.results.ceilings.find((one) => one.what === 'decode and run' && one.model === model);
    if (found === undefined)
      throw new Error('the ceiling of decode and run is not there: run the section ceilings');
    return median(found.perSecond);
  }

  /** Does it, or says in the results why it could not be done. */
  async attempt<Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.skip(what, error instanceof Error ? error.message : String(error));
      if (error instanceof Error && error.stack !== undefined) this.progress.say(error.stack);
      return undefined;
    }
  }

  /** Says in the results what could not be had, and why. */
  skip(what: string, why: string): void {
    this.progress.say(`skipped: ${what}: ${why}`);
    this.#skipped.push({ what, why });
  }

  /** What was skipped since this was last asked. */
  takeSkipped(): Results['skipped'] {
    return this.#skipped.splice(0);
  }
}

/** Runs `work` with what `start` gives, and stops it whatever happens. */
export async function using<Thing extends Stoppable, Result>(
  start: Promise<Thing>,
  work: (thing: Thing) => Promise<Result>,
): Promise<Result> {
  const thing = await start;
  try {
    return await work(thing);
  } finally {
    await thing.stop();
  }
}
