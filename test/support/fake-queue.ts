/** A queue of a model version without batcher, scheduler and threads. */
import type { Batcher } from '../../src/batcher/batcher.ts';
import type { Submission } from '../../src/batcher/submission.ts';
import type { CostModel } from '../../src/cost/cost-model.ts';
import type { ForecastWithError, Intake } from '../../src/serving/intake.ts';
import type { Queue } from '../../src/serving/model-version.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { FakeCosts } from './fake-costs.ts';

export interface QueueOptions {
  readonly costs?: CostModel;
  readonly hasRoomFor?: (rows: number) => boolean;
  /** `work`: undefined at the headers. By default a worker is idle. */
  readonly forecast?: (
    work: readonly Payload[] | undefined,
  ) => Omit<ForecastWithError, 'error'> & { error?: number };
  readonly submit?: (work: readonly Payload[], deadlineAt: number | undefined) => Submission;
}

const IDLE = { startsInMs: 0, finishesInMs: 10 };

export function fakeQueue(options: QueueOptions = {}): Queue {
  const { costs = new FakeCosts().asCostModel, hasRoomFor = () => true, forecast = () => IDLE } = options;
  const batcher = { costs, hasRoomFor, queuedRows: 0 } as unknown as Batcher;
  const intake = {
    forecast: (_: Batcher, work?: readonly Payload[]) => ({ error: 1, ...forecast(work) }),
    submit: (_: Batcher, work: readonly Payload[], deadlineAt: number | undefined) =>
      options.submit?.(work, deadlineAt),
  } as unknown as Intake;
  return { batcher, intake };
}
