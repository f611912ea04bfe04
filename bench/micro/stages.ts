/**
 * What the stages between a body and a worker cost a request: admission, batcher, scheduler, cost model. All of it is real, but
 * for the workers, which have every batch done at once.
 */
import { Admission } from '../../src/admission/admission.ts';
import { ByteBudget } from '../../src/admission/budget.ts';
import { Batcher, payloadOf } from '../../src/batcher/batcher.ts';
import { Entry, type Due, type Payload } from '../../src/batcher/entry.ts';
import { systemClock as clock } from '../../src/clock.ts';
import { CostModel } from '../../src/cost/cost-model.ts';
import { ForecastError } from '../../src/cost/forecast-error.ts';
import { Intake, type Taking } from '../../src/serving/intake.ts';
import type { Classes } from '../../src/thread/messages.ts';
import { SLOT_BYTES, type BatchPayload } from '../../src/pool/slab.ts';
import type { BatchOutcome, Dispatched, PoolWorker } from '../../src/pool/worker.ts';
import { ModelVersion } from '../../src/serving/model-version.ts';
import {
  chooseWorker,
  longestAllowed,
  servingOrder,
  type ModelFacts,
  type WorkerFacts,
} from '../../src/scheduler/policy.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import type { Photograph } from '../../tools/photographs/sets.ts';
import { headerOf } from './memory.ts';
import type { Work } from './timing.ts';

const SLO_MS = 200;
const ROWS = 64;
const RUN_MS = 8;
const MANY_WORKERS = 32;
const PREFETCH_UNDER_MS = 50;
const CLASSES: Classes = { kind: 'classes', classes: [967], probabilities: [0.95] };
const NEVER: Due = { at: Infinity, strict: false };
const nothing = (): void => undefined;

export function stageWorks(photograph: Photograph): readonly Work[] {
  const image: Payload = {
    kind: 'image',
    bytes: photograph.bytes,
    header: headerOf(photograph),
    topK: 5,
  };
  return [
    admission(image),
    batcherOf('batcher: an image queued, cut and settled', [image]),
    batcherOf(
      `batcher: one of ${ROWS} rows queued, cut together and settled`,
      Array.from({ length: ROWS }, () => ({ kind: 'rows', inputs: [new Uint8Array(64)], rows: 1 })),
    ),
    policy(2),
    policy(MANY_WORKERS),
    scheduler(image, 2),
    scheduler(image, MANY_WORKERS),
    costs(image),
  ];
}

const costModel = (): CostModel =>
  new CostModel({
    warmUp: [1, 2, 4, 8, 16, 32, 64].map((rows) => ({ rows, width: 'narrow', ms: RUN_MS * rows ** 0.4 })),
    maxBatchSize: ROWS,
    sloMs: SLO_MS,
    resize: 256,
  });

const newBatcher = (model: CostModel): Batcher =>
  new Batcher({ maxQueueDelayMs: 0, maxQueueRows: 1024, maxBatchBytes: SLOT_BYTES }, model, clock, {
    rowsDropped: nothing,
    rowsWasted: nothing,
  });

function doneOf(rows: number): Extract<BatchOutcome, { kind: 'done' }> {
  const each = <Value>(value: Value): Value[] => Array.from({ length: rows }, () => value);
  return {
    kind: 'done',
    items: each(CLASSES),
    decodeMs: rows,
    decodeMsOf: each(1),
    inferMs: RUN_MS,
    postMs: 0.01,
  };
}

function admission(image: Payload): Work {
  const model = new ModelVersion({
    name: 'model',
    version: '1',
    description: undefined,
    preprocess: undefined,
    labels: undefined,
    versionLabels: [],
    sloMs: SLO_MS,
  });
  model.ready({ provider: 'cpu', inputs: [], outputs: [], maxBatchSize: ROWS });
  const { intake, taking } = intakeOf(Array.from({ length: 2 }, (_, id) => busyWorker(id)));
  const admit = new Admission(
    new ByteBudget(1e9),
    {
      closing: () => false,
      hasRoomFor: (_model, rows) => taking.batcher.hasRoomFor(rows),
      forecast: (_model, work) => intake.forecast(taking, work),
    },
    nothing,
  );
  const work = [image];
  return {
    name: 'admission: a request at its headers and with its work, 2 busy workers',
    call: () => {
      const permit = admit.admitBody(model, 40_000, undefined);
      admit.admitWork(model, work, undefined);
      permit.release();
      return permit;
    },
  };
}

/** Nanoseconds an entry. */
function batcherOf(name: string, payloads: readonly Payload[]): Work {
  const batcher = newBatcher(costModel());
  const done = doneOf(payloads.length);
  return {
    name,
    each: payloads.length,
    call: () => {
      const now = clock.now();
      for (const payload of payloads) batcher.enqueue(new Entry(payload, now, NEVER, nothing));
      batcher.dropLate();
      for (let decision = batcher.decide(1); decision.kind === 'cut'; decision = batcher.decide(1)) {
        batcher.settle(batcher.cut(decision), done);
      }
      return batcher.queuedRows;
    },
  };
}

/** All workers but the last one are busy, and two models have work: nothing is found at once. */
function policy(count: number): Work {
  const busy: WorkerFacts = { holding: 1, remainingMs: RUN_MS, longestMs: RUN_MS, runsWide: false };
  const idle: WorkerFacts = { ...busy, holding: 0, remainingMs: 0, longestMs: 0 };
  const workers = Array.from({ length: count }, (_, index) => (index === count - 1 ? idle : busy));
  const models: ModelFacts[] = [
    { servedMs: 20, oldestQueuedAt: 1 },
    { servedMs: 10, oldestQueuedAt: 2 },
  ];
  return {
    name: `scheduler: its policy, ${count} workers and 2 models`,
    call: () => {
      const choice = chooseWorker(workers, PREFETCH_UNDER_MS)!;
      return servingOrder(models).some(() => 2 * RUN_MS <= longestAllowed(RUN_MS, workers, choice));
    },
  };
}

/** From the queue to its outcome, in as many turns of the microtask queue as it takes. */
function scheduler(image: Payload, count: number): Work {
  const { intake, taking } = intakeOf(Array.from({ length: count }, (_, id) => instantWorker(id)));
  const work = [image];
  return {
    name: `scheduler: an image queued, sent out and settled, ${count} workers`,
    call: () => intake.submit(taking, work, undefined).outcomes,
  };
}

function costs(image: Payload): Work {
  const known = costModel();
  const images = image.kind === 'image' ? [image] : [];
  return {
    name: 'cost model: learns from a batch',
    call: () =>
      known.observe({ rows: 1, width: 'narrow', images, decodeMsOf: [1], inferMs: RUN_MS, postMs: 0.01 }),
  };
}

function intakeOf(workers: readonly PoolWorker[]): { intake: Intake; taking: Taking } {
  const known = costModel();
  const batcher = newBatcher(known);
  const scheduler = new Scheduler(workers, { prefetchUnderMs: PREFETCH_UNDER_MS }, clock);
  scheduler.add({
    name: 'model',
    version: '1',
    instance: 0,
    batcher,
    costs: known,
    payloadOf,
    batchDispatched: nothing,
    batchDone: nothing,
    batchFailed: nothing,
  });
  return {
    intake: new Intake(scheduler, clock, queueMicrotask),
    taking: { batcher, costs: known, error: new ForecastError(), sloMs: SLO_MS },
  };
}

/** What the scheduler reads and calls of a worker; the compiler sees more. */
type Seen = Pick<
  PoolWorker,
  'id' | 'state' | 'hasWide' | 'holding' | 'longestMs' | 'widePermitMs' | 'remainingMs' | 'run'
>;

function workerOf(id: number, facts: Partial<Seen>): PoolWorker {
  const rowsOf = (payload: BatchPayload): number =>
    payload.kind === 'images' ? payload.images.length : payload.entries.length;
  const worker: Seen = {
    id,
    state: 'ready',
    hasWide: false,
    holding: 0,
    longestMs: 0,
    widePermitMs: () => 0,
    remainingMs: () => 0,
    run: (_instance, _width, payload): Dispatched => ({
      outcome: Promise.resolve(doneOf(rowsOf(payload))),
      takeBack: () => false,
    }),
    ...facts,
  };
  return worker as PoolWorker;
}

const instantWorker = (id: number): PoolWorker => workerOf(id, {});

const busyWorker = (id: number): PoolWorker =>
  workerOf(id, { holding: 1, longestMs: RUN_MS, remainingMs: () => RUN_MS });
