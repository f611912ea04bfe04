/** Errors that a client can see, and how they cross threads. The table of their codes is error-table.ts. */
import { ERRORS, type ErrorCode } from './error-table.ts';

export { ERRORS, type ErrorCode };

/** `Retry-After` of a retryable 503 whose error names no other wait. */
const RETRY_AFTER_SECONDS = 1;

export interface ErrorDetails {
  /** JSON pointer to the place in the body (`/images/2`) or the query (`/top_k`). */
  readonly pointer?: string;
  /** Seconds after which a retry is sensible, if more is known than the usual second of a retryable 503. */
  readonly retryAfterSeconds?: number;
  /** Headers that the answer needs: `Allow`. */
  readonly headers?: readonly (readonly [string, string])[];
  /** What went wrong underneath; logged, never shown to a client. */
  readonly cause?: unknown;
}

/** An error with a code of the table above. The message is a sentence that a client may read. */
export class ServingError extends Error {
  override readonly name = 'ServingError';
  readonly code: ErrorCode;
  readonly pointer: string | undefined;
  /** Becomes `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  readonly headers: readonly (readonly [string, string])[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    // No stack: the code says what happened, and collecting stacks took a twentieth of the time of a server that refused
    // a thousand requests a second. A fault of the server has its own stack in `cause`.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.pointer = details.pointer;
    const refused = this.retryable && this.status === 503;
    this.retryAfterSeconds = details.retryAfterSeconds ?? (refused ? RETRY_AFTER_SECONDS : undefined);
    this.headers = details.headers ?? [];
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

/**
 * An error as a value. Errors cross threads in this form: an Error thrown through Piscina arrives as a clone
 * that has lost its code.
 */
export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
  /** The crash of the process of an isolated version: SIGFPE, SIGSEGV, … */
  readonly signal?: string;
  /** Of DEVICE_LOST: how often the device was lost in the last minute, as this version has seen it. */
  readonly losses?: number;
}

/** The error for a fault of the server: `cause` goes to the log, and nothing of it to the client. */
export const faultOf = (cause: unknown): ServingError =>
  new ServingError('INTERNAL', 'The server has failed; its log has the details.', { cause });

/** The error that a failure stands for. The detail of an INTERNAL one may be a stack. */
export const toServingError = ({ code, detail }: Failure): ServingError =>
  code === 'INTERNAL' ? faultOf(detail) : new ServingError(code, detail);
