/** The process of an isolated version has ended, or is being started again. */
import type { Failure } from '../../src/errors.ts';

export class ProcessDied extends Error {
  readonly failure: Failure;

  /** `signal`: of a crash, for the first that hears of it. */
  constructor(detail: string, signal?: string) {
    super(detail);
    this.failure = { code: 'WORKER_DIED', detail, ...(signal === undefined ? {} : { signal }) };
  }
}
