/**
 * Takes what callers say of predictions: finds the prediction in the log, by whomever it was written, checks what is said,
 * and writes it down before it counts. The same may be said again and again; what contradicts what was said is refused.
 */
import { isOfDisk } from '../../disk/disk-error.ts';
import { ServingError } from '../../errors.ts';
import { hasScope, type Identity } from '../../guard/identity.ts';
import type { IndexedLog } from '../log/indexed-log.ts';
import { callerOf, readRecord, type PredictionRecord } from '../log/record.ts';
import { entryText, readEntry, type FeedbackEntry } from './entry.ts';
import { itemAt, verdictOf, type Said } from './said.ts';
import { NamedTurns } from './turns.ts';
import { joined, judge, type Verdict } from './verdict.ts';

export interface GivenFeedback extends Said {
  readonly requestId: string;
  /** Place of the image or row in its request; undefined where it had one. */
  readonly index: number | undefined;
}

/** Who says it. */
export interface FeedbackCaller {
  /** Undefined where nobody is asked. */
  readonly identity: Identity | undefined;
  readonly mayUse: (model: string) => boolean;
}

export interface TakenFeedback {
  /** known: it was said before. */
  readonly status: 'accepted' | 'known';
  readonly entry: FeedbackEntry;
}

export interface FeedbackEvents {
  /** How it was taken: accepted, known, or the code of the refusal. */
  taken(result: string): void;
  accepted(entry: FeedbackEntry): void;
}

export interface FeedbackSettings {
  readonly predictions: Pick<IndexedLog, 'find'>;
  readonly feedback: Pick<IndexedLog, 'find' | 'write'>;
  /** Names of the classes of a version, or of another one of its model with as many; undefined where there are none. */
  readonly labelsOf: (record: PredictionRecord) => readonly string[] | undefined;
  /** Of a prediction, for how long something can be said of it. */
  readonly keepMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly events: FeedbackEvents;
}

export class Feedback {
  readonly #settings: FeedbackSettings;
  readonly #turns = new NamedTurns();

  constructor(settings: FeedbackSettings) {
    this.#settings = settings;
  }

  /**
   * Resolves when it is on the disk.
   * @throws ServingError PREDICTION_NOT_FOUND, FORBIDDEN, BAD_FIELD, FEEDBACK_CONFLICT or FEEDBACK_UNAVAILABLE
   */
  async take(given: GivenFeedback, caller: FeedbackCaller): Promise<TakenFeedback> {
    const { events } = this.#settings;
    try {
      const taken = await this.#turns.run(given.requestId, () => this.#take(given, caller));
      events.taken(taken.status);
      if (taken.status === 'accepted') events.accepted(taken.entry);
      return taken;
    } catch (thrown) {
      const error = isOfDisk(thrown) ? unavailable(thrown) : thrown;
      events.taken(error instanceof ServingError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  async #take(given: GivenFeedback, caller: FeedbackCaller): Promise<TakenFeedback> {
    const { labelsOf, now } = this.#settings;
    const record = await this.#recordFor(given.requestId, caller);
    const item = itemAt(record.items, given.index);
    const labels = labelsOf(record);
    const verdict = verdictOf(given, { item, ofClasses: record.ofClasses, labels });
    const known = await this.#known(record, item.index);
    const judged = judge(known, verdict);
    if (judged === 'conflict') {
      const message = 'Something else was said of this prediction before, and that holds.';
      throw new ServingError('FEEDBACK_CONFLICT', message);
    }
    const [classId] = item.classes;
    const entry: FeedbackEntry = {
      ...verdict,
      ...{ requestId: record.requestId, at: now(), answeredAt: record.at, index: item.index },
      ...{ model: record.model, version: record.version, route: record.route, by: callerOf(caller.identity) },
      predicted: classId === undefined ? undefined : { classId, probability: item.probabilities[0]! },
      label: verdict.classId === undefined ? undefined : labels?.[verdict.classId],
      more: judged === 'more',
    };
    if (judged === 'same') return { status: 'known', entry };
    await this.#write(entry);
    return { status: 'accepted', entry };
  }

  /** The newest prediction of that id that the caller may speak of. */
  async #recordFor(requestId: string, caller: FeedbackCaller): Promise<PredictionRecord> {
    const { predictions, keepMs, now } = this.#settings;
    let anothers = false;
    for await (const head of predictions.find(requestId)) {
      const record = readRecord(head);
      if (record?.requestId !== requestId || record.at < now() - keepMs) continue;
      if (maySpeakOf(record, caller)) return record;
      anothers = true;
    }
    if (anothers) throw new ServingError('FORBIDDEN', 'The prediction was made for another caller.');
    throw new ServingError('PREDICTION_NOT_FOUND', 'No prediction with this request id is in the log.');
  }

  /** What was said of an item before. */
  async #known({ requestId, at, model, version }: PredictionRecord, index: number): Promise<Verdict> {
    let known: Verdict = {};
    const entries: FeedbackEntry[] = [];
    for await (const line of this.#settings.feedback.find(requestId)) {
      const entry = readEntry(line);
      // Another prediction may have had the same id.
      if (entry?.answeredAt !== at || entry.index !== index) continue;
      if (entry.model === model && entry.version === version) entries.push(entry);
    }
    for (const entry of entries.toReversed()) known = joined(known, entry);
    return known;
  }

  async #write(entry: FeedbackEntry): Promise<void> {
    try {
      await this.#settings.feedback.write(entry.requestId, entryText(entry));
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

const unavailable = (cause: unknown): ServingError =>
  new ServingError(
    'FEEDBACK_UNAVAILABLE',
    'The log of predictions cannot be read or written now, and the feedback was not counted.',
    { cause },
  );

/** Whoever may not use the model learns no more than that the prediction is not theirs. */
function maySpeakOf({ caller: of, model }: PredictionRecord, { identity, mayUse }: FeedbackCaller): boolean {
  if (!mayUse(model)) return false;
  return (
    of === undefined || of === callerOf(identity) || (identity !== undefined && hasScope(identity, 'admin'))
  );
}
