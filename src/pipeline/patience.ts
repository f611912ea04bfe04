/** Asks again while what is asked is away: a server that restarts is no reason to end a run. */
import { pause } from './pause.ts';
import { PipelineError } from './pipeline-error.ts';
import type { Context } from './context.ts';

/** As long as a server takes to start, and its operator to notice. */
const PATIENCE_MS = 900_000;
const AGAIN_MS = 5000;

type Waiting = Pick<Context, 'clock' | 'signal'>;

/** @throws what `ask` throws, at once or, where it is `away`, after a quarter of an hour */
export async function patiently<Result>(
  { clock, signal }: Waiting,
  ask: () => Promise<Result>,
): Promise<Result> {
  const end = clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof PipelineError) || error.kind !== 'away' || clock.now() >= end) throw error;
    }
    await pause(clock, AGAIN_MS, signal);
  }
}

/** Asks until `ask` gives something, patiently. @throws PipelineError with `what` after `withinMs` */
export async function eventually<Result>(
  context: Waiting,
  withinMs: number,
  what: () => string,
  ask: () => Promise<Result | undefined>,
): Promise<Result> {
  const { clock, signal } = context;
  const end = clock.now() + withinMs;
  for (;;) {
    const found = await patiently(context, ask);
    if (found !== undefined) return found;
    if (clock.now() >= end) throw new PipelineError(what());
    await pause(clock, LOOK_MS, signal);
  }
}

const LOOK_MS = 1000;
