/**
 * Decides whether a request is taken. Twice: at the headers, before a byte of the body is read, and again
 * when its work is known, before anything is decoded. It grants or refuses at once and never waits. (This is
 * admission control; it has nothing to do with Kubernetes admission webhooks.)
 */
import { ServingError } from '../errors.ts';
import type { ModelVersion } from '../repository/model.ts';
import type { ByteBudget, Permit } from './budget.ts';

export interface AdmissionFacts {
  /** True once the server takes no more work. */
  closing(): boolean;
  /** Whether the queue of the model has room for that many more rows. */
  hasRoomFor(model: ModelVersion, rows: number): boolean;
}

export class Admission {
  readonly #budget: ByteBudget;
  readonly #facts: AdmissionFacts;

  constructor(budget: ByteBudget, facts: AdmissionFacts) {
    this.#budget = budget;
    this.#facts = facts;
  }

  /**
   * At the headers. `declaredBytes`: the Content-Length, 0 for a chunked body, whose permit grows as it is read.
   * @throws ServingError DRAINING, MODEL_LOADING, MODEL_UNAVAILABLE, QUEUE_FULL or OVERLOADED
   */
  admitBody(model: ModelVersion, declaredBytes: number): Permit {
    if (this.#facts.closing()) throw new ServingError('DRAINING', 'The server is shutting down.');
    if (model.state === 'unavailable') {
      throw new ServingError(
        'MODEL_UNAVAILABLE',
        `Model ${model.name} version ${model.version} failed to load.`,
      );
    }
    if (model.state !== 'ready') {
      throw new ServingError(
        'MODEL_LOADING',
        `Model ${model.name} version ${model.version} is not loaded yet.`,
      );
    }
    this.admitRows(model, 1);
    return this.#budget.reserve(declaredBytes);
  }

  /** When the work is known. @throws ServingError QUEUE_FULL */
  admitRows(model: ModelVersion, rows: number): void {
    if (this.#facts.hasRoomFor(model, rows)) return;
    throw new ServingError('QUEUE_FULL', `The queue of model ${model.name} is full.`);
  }
}
