/** Images are fetched by URL. */
import type { ServingError } from '../../../errors.ts';
import { plain, type Log } from '../../log/log.ts';

export class UrlEvents {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Logs the cause, which the client is not shown. */
  refused(requestId: string, error: ServingError): void {
    this.#log.warn(
      { request_id: requestId, code: error.code, reason: plain(causeOf(error)) },
      'image by URL not fetched',
    );
  }
}

const causeOf = ({ cause, message }: Error): string => {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'string' ? cause : message;
};
