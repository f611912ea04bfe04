/**
 * What watching predictions costs the thread that serves everyone, for each answer: a line of the log, without and with the
 * photograph that was sent, and an event. What is written and sent afterwards is not part of it.
 */
import { PredictionLog } from '../../src/quality/log/prediction-log.ts';
import { recordOf } from '../../src/quality/log/record.ts';
import { eventsOf } from '../../src/quality/events/event.ts';
import type { Answered } from '../../src/quality/answered.ts';
import { ModelVersion } from '../../src/serving/model-version.ts';
import type { ImagePayload } from '../../src/thread/payload.ts';
import type { Photograph } from '../../tools/photographs/sets.ts';
import type { Work } from './timing.ts';

const BEST = [282, 285, 281, 287, 478];
const PROBABILITIES = [0.390693, 0.341003, 0.174268, 0.012345, 0.009876];
const AT = Date.UTC(2026, 11, 1);

function answerTo({ bytes }: Pick<Photograph, 'bytes'>): Answered {
  const version = new ModelVersion({
    ...{ name: 'efficientnet-lite0', version: '1', description: undefined, labels: undefined },
    ...{
      preprocess: undefined,
      classifies: true,
      softmax: true,
      versionLabels: [],
      sloMs: 200,
      onDemand: false,
    },
  });
  const header = { format: 'jpeg', width: 500, height: 375 } as ImagePayload['header'];
  return {
    ...{ requestId: '4cf36f21-63b4-4a35-9a2c-7b1a5a3a0b52', identity: undefined, version, route: 'default' },
    ...{ cached: false, places: undefined, totalMs: 12.345 },
    payloads: [{ kind: 'image', rows: 1, bytes, header, topK: 5 }],
    outcomes: [
      {
        ...{ kind: 'done', queueMs: 0.1 },
        result: { kind: 'classes', classes: BEST, probabilities: PROBABILITIES },
        batch: { rows: 1, reason: 'idle', width: 'wide', decodeMs: 1.2, inferMs: 8.4, postMs: 0.03 },
      },
    ],
  };
}

export function predictionWorks(photograph: Photograph): readonly Work[] {
  const answered = answerTo(photograph);
  const logWith = (inputs: boolean): PredictionLog =>
    new PredictionLog({ log: { add: () => true }, sample: 1, inputs, now: () => AT, random: Math.random });
  const [plain, whole] = [logWith(false), logWith(true)];
  const size = `${Math.round(photograph.bytes.length / 1000)} kB`;
  const settings = { mode: 'response', service: undefined, namespace: 'default', source: '/bench' } as const;
  return [
    { name: 'log: a prediction', call: () => plain.answered(answered) },
    { name: `log: a prediction with its photograph of ${size}`, call: () => whole.answered(answered) },
    { name: 'event: a prediction', call: () => eventsOf(answered, recordOf(answered, AT), true, settings) },
  ];
}
