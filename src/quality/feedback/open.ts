/** Opens the log of predictions and of what is said of them, where the options name a folder for it. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Clock } from '../../clock.ts';
import type { Config } from '../../config/schema.ts';
import { MiB } from '../../config/option.ts';
import { makeFolder } from '../../disk/make-folder.ts';
import { ServingError } from '../../errors.ts';
import type { Catalogue } from '../../serving/catalogue.ts';
import type { FeedbackEvents } from '../../telemetry/events/feedback.ts';
import type { FeedbackGauges } from '../../telemetry/metrics/accuracy-gauges.ts';
import { Accuracy } from '../accuracy/accuracy.ts';
import { gaugesOf } from '../accuracy/gauges.ts';
import { accuracyView } from '../accuracy/view.ts';
import type { AnsweredListener } from '../answered.ts';
import { LogFolder } from '../log/folder.ts';
import { IndexedLog, type IndexedLogSettings } from '../log/indexed-log.ts';
import { PredictionLog } from '../log/prediction-log.ts';
import { readEntry } from './entry.ts';
import { Feedback } from './feedback.ts';
import { labelFinder } from './labels.ts';

export interface OpenFeedback {
  readonly answered: AnsweredListener;
  readonly feedback: Feedback;
  /** As JSON. @throws ServingError MODEL_NOT_FOUND */
  readonly accuracy: (model: string) => object;
  readonly gauges: () => FeedbackGauges;
  close(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly events: FeedbackEvents;
  readonly catalogue: Catalogue;
}

const DAY_MS = 86_400_000;
/** Between two looks at what others have written, and at what has become too old. */
const EVERY_MS = 60_000;

/** Of lines that wait for the disk: a second of a busy server, or some large images. */
const PREDICTIONS_WAITING = 16 * MiB;
const FEEDBACK_WAITING = 1 * MiB;
const SEGMENT_BYTES = 64 * MiB;
/** Of the tables that find lines: two million predictions. */
const TABLE_BYTES = 64 * MiB;
/** Predictions are written together; whoever says what was right waits for it. */
const PREDICTIONS_DELAY_MS = 100;
/** How long a stop waits for the disk. */
const CLOSE_MS = 2000;

const OTHERS_WRITE = 0o002;

/** Milliseconds since 1970. */
const now = Date.now;

/**
 * Undefined where no option names a folder. What earlier processes have written is counted while the server starts.
 * @throws Error when the folder cannot be used
 */
export function openFeedback(
  config: Config,
  { clock, events, catalogue }: Surroundings,
): OpenFeedback | undefined {
  const { predictionLogDir: path, predictionLogSample: sample } = config;
  if (path === undefined) return undefined;
  requireUsable(path);
  const [keepMs, maxBytes] = [config.predictionLogDays * DAY_MS, config.predictionLogMaxBytes];
  const segmentMs = config.predictionLogSegmentMs;
  const folder = new LogFolder(path, { keepMs, maxBytes, segmentMs }, now);
  const shared = {
    ...{ folder, clock, now, segmentMs },
    salt: () => randomBytes(4).toString('hex'),
    // So that the budget holds some files, of which the oldest can go.
    segmentBytes: Math.min(SEGMENT_BYTES, maxBytes / 8),
  };
  const logOf = (own: Pick<IndexedLogSettings, 'kind' | 'maxWaiting' | 'delayMs' | 'syncs' | 'tableBytes'>) =>
    new IndexedLog({ ...shared, ...own, events: events.of(own.kind) });
  const predictions = logOf({
    kind: 'predictions',
    ...{ maxWaiting: PREDICTIONS_WAITING, delayMs: PREDICTIONS_DELAY_MS, syncs: false },
    tableBytes: TABLE_BYTES,
  });
  const said = logOf({
    kind: 'feedback',
    ...{ maxWaiting: FEEDBACK_WAITING, delayMs: 0, syncs: true },
    tableBytes: TABLE_BYTES / 4,
  });
  const accuracy = new Accuracy(keepMs, now);
  const labels = labelFinder(catalogue);
  const inputs = config.predictionLogInputs === 'on';
  const log = new PredictionLog({ log: predictions, sample, inputs, now, random: Math.random });
  const feedback = new Feedback({
    ...{ predictions, feedback: said, keepMs, now },
    labelsOf: labels.ofRecord,
    events: {
      taken: (result) => events.taken(result),
      accepted(entry) {
        accuracy.add(entry);
        events.accepted(entry);
      },
    },
  });
  events.logOpened(path, sample, inputs);
  let complete = false;
  let closed = false;
  const start = clock.now();
  let cancel: (() => void) | undefined;
  const lookLater = (): void => {
    if (!closed) cancel = clock.after(EVERY_MS, () => void look().finally(lookLater));
  };
  const look = async (): Promise<void> => {
    await tidy([predictions, said], folder, events);
    await countOthers(said, accuracy, events);
  };
  void countOthers(said, accuracy, events)
    .then((entries) => {
      complete = true;
      if (entries > 0) events.earlierCounted(entries, clock.now() - start);
    })
    .finally(lookLater);
  return {
    answered: (answered) => log.answered(answered),
    feedback,
    accuracy(name) {
      const routes = accuracy.of(name);
      if (routes.length === 0 && catalogue.model(name) === undefined)
        throw new ServingError('MODEL_NOT_FOUND', `There is no model ${name}.`);
      const labelOf = (classId: number): string | undefined => labels.ofModel(name)?.[classId];
      return accuracyView(routes, { model: name, days: config.predictionLogDays, complete, labelOf });
    },
    gauges: () => ({
      ...{ logBytes: folder.bytes, logBytesLimit: maxBytes },
      indexBytes: predictions.memoryBytes + said.memoryBytes,
      ...gaugesOf(accuracy, { has: labels.has, labelsOf: labels.ofModel }),
    }),
    async close() {
      closed = true;
      cancel?.();
      await Promise.all([predictions.close(CLOSE_MS), said.close(CLOSE_MS)]);
    },
  };
}

/** Makes the folder where it is not there. @throws Error */
function requireUsable(path: string): void {
  makeFolder(path, 0o700);
  if ((statSync(path).mode & OTHERS_WRITE) !== 0)
    throw new Error(`every user of this machine can write to ${path}: chmod o-w it`);
}

/** What other processes have written since the last time. Never rejects. */
async function countOthers(said: IndexedLog, accuracy: Accuracy, events: FeedbackEvents): Promise<number> {
  let entries = 0;
  try {
    for await (const line of said.news()) {
      const entry = readEntry(line);
      if (entry === undefined) continue;
      accuracy.add(entry);
      entries++;
    }
  } catch (error) {
    events.othersUnread((error as Error).message);
  }
  return entries;
}

/** Never rejects: what cannot be done now is tried again. */
async function tidy(logs: readonly IndexedLog[], folder: LogFolder, events: FeedbackEvents): Promise<void> {
  try {
    for (const log of logs) await log.tidy();
    const removed = await folder.enforce(0);
    if (removed > 0) events.of('predictions').removed(removed);
  } catch {
    // The next write says what is wrong with the disk.
  }
}
