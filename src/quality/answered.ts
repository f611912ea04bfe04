/** What the request path says of a prediction that has been answered, to whoever watches the models. */
import type { EntryOutcome } from '../batcher/entry.ts';
import type { Identity } from '../guard/identity.ts';
import type { ModelVersion } from '../serving/model-version.ts';
import type { Payload } from '../thread/payload.ts';

export interface Answered {
  readonly requestId: string;
  /** Who it was from; undefined where nobody is asked, or nobody said. */
  readonly identity: Identity | undefined;
  readonly version: ModelVersion;
  /** Why that version: `split`, `pin`, ...; undefined where there was nothing to choose. */
  readonly route: string | undefined;
  /** Whether at least one result came from the cache of answers: the version has not run it for this request. */
  readonly cached: boolean;
  /** What was run, with memory that is the listener's only during the call: what is kept has to be copied. */
  readonly payloads: readonly Payload[];
  /** Where in the request each payload was; undefined: in order, none missing. An image that is none is refused before. */
  readonly places: readonly number[] | undefined;
  /** One for each payload, in order. */
  readonly outcomes: readonly EntryOutcome[];
  /** Milliseconds since the request arrived. */
  readonly totalMs: number;
}

/** Called after the answer was given to the socket, on the main thread: it takes microseconds and throws nothing. */
export type AnsweredListener = (answered: Answered) => void;
