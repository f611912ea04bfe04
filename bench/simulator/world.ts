/**
 * The server without threads, sockets and real time: admission, intake, batchers, cost models and scheduler are those of
 * the server; workers and clock are simulated.
 */
import { lateBy } from '../../src/admission/lateness.ts';
import { Batcher } from '../../src/batcher/batcher.ts';
import type { Batch, EntryOutcome } from '../../src/batcher/entry.ts';
import { CostModel } from '../../src/cost/cost-model.ts';
import { Intake } from '../../src/serving/intake.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { rowsOf } from '../../src/thread/payload.ts';
import { RESIZE, type ModelKind } from './kinds.ts';
import type { RequestOutcome, Request, RequestRecord } from './request.ts';
import { SimWorker } from './sim-worker.ts';
import { Timeline } from './timeline.ts';
import type { Noise } from './noise.ts';

export interface WorldSettings {
  readonly kinds: readonly ModelKind[];
  readonly workers: number;
  readonly noise: Noise;
  /** Whether worker 0 has wide sessions. */
  readonly wide: boolean;
  readonly prefetchUnderMs: number;
  readonly maxQueueRows: number;
  readonly handOverMs: number;
  /** Of the noise of the machine. */
  readonly seed: number;
}

/** The defaults of the server; a message between two threads takes about 0.1 ms. */
export const DEFAULTS = { wide: true, prefetchUnderMs: 50, maxQueueRows: 1024, handOverMs: 0.1 } as const;

const SLOT_BYTES = 4 * 1024 * 1024;

export interface Dispatch {
  readonly model: number;
  readonly batch: Batch;
  readonly at: number;
}

export class World {
  readonly timeline = new Timeline();
  readonly settings: WorldSettings;
  readonly workers: readonly SimWorker[];
  readonly scheduler: Scheduler;
  readonly models: readonly Batcher[];
  readonly records: RequestRecord[] = [];
  /** Rules that the scheduler violated, with the time. */
  readonly violations: string[] = [];
  /** Called at every dispatch. */
  onDispatch: ((dispatch: Dispatch) => void) | undefined;
  /** Called after the last event of each point in time. */
  onQuiet: (() => void) | undefined;
  readonly #intake: Intake;

  constructor(settings: WorldSettings) {
    this.settings = settings;
    const { timeline } = this;
    const onViolation = (rule: string): void => void this.violations.push(`${timeline.now()} ms: ${rule}`);
    this.workers = Array.from({ length: settings.workers }, (_, id) => {
      const hasWide = settings.wide && id === 0 && settings.workers > 1;
      return new SimWorker(id, { ...settings, hasWide, onViolation }, timeline);
    });
    for (const worker of this.workers) worker.allWorkers = this.workers;
    const asPoolWorkers = this.workers.map((worker) => worker.asPoolWorker);
    this.scheduler = new Scheduler(asPoolWorkers, settings, timeline, {
      batchDispatched: ({ instance }, batch) =>
        this.onDispatch?.({ model: instance, batch, at: timeline.now() }),
      batchDone: () => undefined,
      batchFailed: () => undefined,
    });
    this.#intake = new Intake(this.scheduler, timeline, (task) => void timeline.after(0, task));
    this.models = settings.kinds.map((kind, index) => this.#load(kind, index));
  }

  /** A request arrives now. `onEnd` is called once, when it is refused or its last entry is settled. */
  request({ model, payloads, timeoutMs }: Request, onEnd?: (record: RequestRecord) => void): void {
    const { timeline } = this;
    const batcher = this.models[model]!;
    const at = timeline.now();
    const limitMs = timeoutMs ?? batcher.costs.sloMs;
    const record: RequestRecord = {
      model,
      at,
      limitMs,
      strict: timeoutMs !== undefined,
      outcome: undefined,
      latencyMs: 0,
    };
    this.records.push(record);
    const end = (outcome: RequestOutcome): void => {
      record.outcome = outcome;
      record.latencyMs = timeline.now() - at;
      onEnd?.(record);
    };
    if (!this.#admits(batcher, payloads, timeoutMs)) return end('refused');
    const submission = this.#intake.submit(batcher, payloads, timeoutMs && at + timeoutMs);
    const cancel =
      timeoutMs === undefined ? undefined : timeline.after(timeoutMs, () => submission.giveUp('expired'));
    void submission.outcomes.then((outcomes) => {
      cancel?.();
      end(outcomeOf(outcomes));
    });
  }

  /** Runs all events up to that time, or to the end. */
  async run(untilMs = Infinity): Promise<void> {
    const { timeline } = this;
    while (timeline.nextAt <= untilMs && timeline.step()) {
      await settled();
      if (this.onQuiet !== undefined && timeline.nextAt > timeline.now()) this.onQuiet();
    }
  }

  #admits(batcher: Batcher, payloads: Request['payloads'], timeLeftMs: number | undefined): boolean {
    const { sloMs } = batcher.costs;
    if (!batcher.hasRoomFor(rowsOf(payloads))) return false;
    // At the headers, and again when the work is known.
    return [undefined, payloads].every((work) => {
      const forecast = this.#intake.forecast(batcher, work);
      return lateBy(forecast, { sloMs, timeLeftMs, lagMs: 0, error: forecast.error }) === 0;
    });
  }

  #load(kind: ModelKind, instance: number): Batcher {
    const { name, sloMs, maxBatchSize, maxQueueDelayMs, runs, paysBelow, images, place } = kind;
    const { timeline } = this;
    const warmUp = runs.filter(({ width }) => width === 'narrow' || this.workers[0]!.hasWide);
    const resize = images && RESIZE;
    const costs = new CostModel({ warmUp, maxBatchSize, sloMs, paysBelow, resize });
    const { maxQueueRows } = this.settings;
    const batcher = new Batcher(
      {
        labels: { model: name, version: '1' },
        instance,
        maxQueueDelayMs,
        maxQueueRows,
        maxBatchBytes: SLOT_BYTES,
      },
      costs,
      timeline,
      {
        rowsDropped: () => undefined,
        rowsWasted: () => undefined,
      },
    );
    this.scheduler.add(batcher, place);
    return batcher;
  }
}

function outcomeOf(outcomes: readonly EntryOutcome[]): RequestOutcome {
  if (outcomes.every(({ kind }) => kind === 'done')) return 'done';
  return outcomes.some(({ kind }) => kind === 'dropped') ? 'expired' : 'late';
}

/** A worker's outcome reaches the client after three promises; nothing else is pending in a simulation. */
async function settled(): Promise<void> {
  for (let hops = 0; hops < 4; hops++) await Promise.resolve();
}
