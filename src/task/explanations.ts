/**
 * Explains one answer by occlusion: how far the probability of its class falls when a part of the image is covered. It costs a
 * row of the model for each cell of a grid, so it goes last. Its rows are cut into parts that take at most twice as long as an
 * ordinary request, at low priority, and one part at a time in the whole server: what comes meanwhile waits for one of them at
 * the most, and finds every other worker. Each part is admitted like a request, and leaves the queue with its client.
 */
import type { Admission } from '../admission/admission.ts';
import type { EntryOutcome } from '../batcher/entry.ts';
import type { CostModel } from '../cost/cost-model.ts';
import { ServingError, toServingError, type ErrorCode } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import { elementsIn } from '../tensor/tensor.ts';
import type { Classes } from '../thread/messages.ts';
import type { ImagePayload } from '../thread/payload.ts';

export interface Explanation {
  readonly classId: number;
  /** Of that class, with nothing covered. */
  readonly probability: number;
  /** Cells on each side of the grid. */
  readonly grid: number;
  /** The probability less that with the cell covered, row by row from the top left; negative where it rises. */
  readonly drops: readonly number[];
  /** Side of the square in the middle of the image that the model sees, as a share of the image's shorter side. */
  readonly square: number;
  /** Milliseconds, waiting included. */
  readonly ms: number;
}

export type ExplanationOutcome = 'done' | 'refused' | 'failed' | 'left';

export interface ExplanationSettings {
  /** Most rows of one explanation. */
  readonly rows: number;
  /** The longest that a request may take. */
  readonly maxTimeoutMs: number;
  readonly admission: Pick<Admission, 'admitWork'>;
  /** `rows`: those that were run. */
  readonly ended: (version: ModelVersion, outcome: ExplanationOutcome, rows: number) => void;
}

/** One that runs or waits, with the predicted milliseconds that it still takes. */
interface Turn {
  leftMs: number;
  readonly over: Promise<void>;
  readonly end: () => void;
}

/** More than these wait for no turn. */
const MOST_WAITING = 8;

/** For lack of time or room. */
const REFUSALS = new Set<ErrorCode>([
  'OVERLOADED',
  'QUEUE_FULL',
  'DRAINING',
  'MODEL_LOADING',
  'MODEL_UNAVAILABLE',
]);

/** Of a part, also where nothing is known of what they cost. */
const MOST_ROWS = 32;

/** A part takes at most this many times as long as a request of one row: what the scheduler calls long is longer. */
const LONG = 2;

export class Explanations {
  /** Cells on each side. */
  readonly grid: number;
  readonly #settings: ExplanationSettings;
  /** In the order of their turns. */
  readonly #turns: Turn[] = [];

  constructor(settings: ExplanationSettings) {
    this.#settings = settings;
    this.grid = Math.floor(Math.sqrt(settings.rows));
  }

  /** Rows of one explanation. */
  get rows(): number {
    return this.grid ** 2;
  }

  /**
   * Explains the most probable class of an image. Undefined when its request has ended meanwhile. The bytes of the payload have
   * to stay as they are. @throws ServingError as the admission does, or with the failure of a part
   */
  async explain(
    exchange: Exchange,
    version: ModelVersion,
    payload: ImagePayload,
    { classes, probabilities }: Classes,
  ): Promise<Explanation | undefined> {
    const from = exchange.elapsedMs;
    const left: number[] = [];
    const [classId = 0] = classes;
    let isOver = false;
    const over = (outcome: ExplanationOutcome): void => {
      if (!isOver) this.#settings.ended(version, outcome, left.length);
      isOver = true;
    };
    // At once: the version may be gone, and its series with it, when this goes on.
    exchange.onEnd(() => over('left'));
    try {
      const parts = this.#partsOf(version, payload, classId);
      await this.#inTurn(exchange, version, parts, left);
    } catch (error) {
      over(error instanceof ServingError && REFUSALS.has(error.code) ? 'refused' : 'failed');
      throw error;
    }
    if (exchange.ended) return undefined;
    over('done');
    const [probability = 0] = probabilities;
    const { crop, resize } = version.settings.preprocess!;
    return {
      classId,
      probability,
      grid: this.grid,
      drops: left.map((rest) => probability - rest),
      square: crop / resize,
      ms: exchange.elapsedMs - from,
    };
  }

  /** Waits for its turn, and runs the parts one after the other, into `left`. */
  async #inTurn(
    exchange: Exchange,
    version: ModelVersion,
    parts: readonly ImagePayload[],
    left: number[],
  ): Promise<void> {
    const turn = this.#take(exchange, version, parts);
    const before = this.#turns.at(-2)?.over;
    exchange.onEnd(() => this.#leave(turn));
    try {
      await before;
      for (const part of parts) {
        if (exchange.ended) return;
        const outcome = await this.#run(exchange, version, part);
        if (outcome.kind === 'failed') throw toServingError(outcome.failure);
        if (outcome.kind === 'dropped') return;
        turn.leftMs -= msOf(version.costs, part);
        left.push(...probabilitiesIn(outcome));
      }
    } finally {
      this.#leave(turn);
      // Whoever is next begins after those before this one, also if this one left early.
      void Promise.resolve(before).then(turn.end);
    }
  }

  /** @throws ServingError OVERLOADED when those ahead leave it no time */
  #take(exchange: Exchange, version: ModelVersion, parts: readonly ImagePayload[]): Turn {
    const ownMs = parts.reduce((sum, part) => sum + msOf(version.costs, part), 0);
    const aheadMs = this.#turns.reduce((sum, { leftMs }) => sum + Math.max(0, leftMs), 0);
    const timeLeftMs = exchange.timeLeftMs ?? this.#settings.maxTimeoutMs - exchange.elapsedMs;
    if (this.#turns.length > MOST_WAITING || aheadMs + ownMs > timeLeftMs) {
      const message =
        `An explanation takes about ${Math.ceil(ownMs)} ms, after ${Math.ceil(aheadMs)} ms of others that are asked for, ` +
        `and ${Math.max(0, Math.floor(timeLeftMs))} ms are left of the request. Retry later, or without explain.`;
      throw new ServingError('OVERLOADED', message, { retryAfterSeconds: Math.max(1, aheadMs / 1000) });
    }
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const turn = { leftMs: ownMs, over, end };
    this.#turns.push(turn);
    return turn;
  }

  #leave(turn: Turn): void {
    const at = this.#turns.indexOf(turn);
    if (at >= 0) this.#turns.splice(at, 1);
  }

  async #run(exchange: Exchange, version: ModelVersion, part: ImagePayload): Promise<EntryOutcome> {
    this.#settings.admission.admitWork(version, [part], exchange.timeLeftMs, 'low');
    const submission = version.submit([part], exchange.deadlineAt, undefined, 'low');
    exchange.onEnd((ending) => submission.giveUp(ending === 'expired' ? 'expired' : 'abandoned'));
    const [outcome] = await submission.outcomes;
    return outcome!;
  }

  #partsOf({ costs, name, version }: ModelVersion, payload: ImagePayload, classId: number): ImagePayload[] {
    if (costs === undefined)
      throw new ServingError('MODEL_UNAVAILABLE', `Model ${name} version ${version} has gone.`);
    const { grid, rows: all } = this;
    const most = Math.min(all, rowsOfPart(costs, payload));
    const atOnce = Math.min(most, costs.cap);
    return Array.from({ length: Math.ceil(all / most) }, (_, index) => {
      const from = index * most;
      const rows = Math.min(most, all - from);
      return { ...payload, rows, topK: undefined, occlusion: { grid, from, classId, atOnce } };
    });
  }
}

/** The image is decoded once for each part: of one that takes long to decode, a part has more rows. */
function rowsOfPart(costs: CostModel, payload: ImagePayload): number {
  const decodeMs = costs.decodeMs(payload);
  const mostMs = LONG * costs.batchMs(1, decodeMs);
  let rows = 1;
  while (rows < MOST_ROWS && costs.batchMs(rows + 1, decodeMs) <= mostMs) rows++;
  return rows;
}

/** Predicted worker milliseconds. */
const msOf = (costs: CostModel | undefined, part: ImagePayload): number =>
  costs?.batchMs(part.rows, costs.decodeMs(part)) ?? 0;

function probabilitiesIn({ result }: Extract<EntryOutcome, { kind: 'done' }>): Float32Array {
  if (result.kind !== 'outputs')
    throw new Error('This is a bug: classes where probabilities were asked for.');
  return elementsIn('FP32', result.outputs[0]!.data) as Float32Array;
}
