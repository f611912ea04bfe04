/** What is done once for every answer beside its text: the top classes in the worker, and the counting on the main thread. */
import { Events } from '../../src/telemetry/events.ts';
import { createLog } from '../../src/telemetry/log/log.ts';
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts';
import { topClasses } from '../../workers/postprocess.ts';
import { seededRandom } from '../../tools/random/seeded.ts';
import type { Work } from './timing.ts';

const CLASSES = 1000;
/** Beyond what is kept in order by insertion. */
const MANY = 100;

export function answerWorks(): readonly Work[] {
  const random = seededRandom(1);
  const scores = Float32Array.from({ length: CLASSES }, () => 10 * random() - 5);
  const log = createLog({ level: 'INFO', write: () => undefined });
  const silent = new Events(log, createMetrics(), 0);
  const logged = new Events(log, createMetrics(), 1);
  const end = {
    requestId: '6f882f10-fcaa-4138-a04d-1f949ffd6abe',
    method: 'POST',
    route: '/v1/predict',
    quiet: false,
    ms: 11.2,
    traceId: undefined,
  };
  const traced = { ...end, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' };
  const prediction = {
    model: 'efficientnet-lite0',
    version: '1',
    succeeded: 1,
    failed: 0,
    stages: { read: 0.4, queue: 1, decode: 1.2, infer: 8.4, post: 0.01 },
    best: [{ label: 'espresso', probability: 0.95 }],
  };
  const model = { model: 'efficientnet-lite0', version: '1' };
  return [
    {
      name: `top 5 of ${CLASSES} classes with softmax`,
      call: () => topClasses(scores, 0, CLASSES, 5, true),
    },
    {
      name: `top ${MANY} of ${CLASSES} classes with softmax`,
      call: () => topClasses(scores, 0, CLASSES, MANY, true),
    },
    {
      name: 'metrics of a request: accepted, received, answered; not logged',
      call: () => {
        silent.requestAccepted();
        silent.bodyReceived(40_000);
        silent.requestAnswered(end, 200, 500, prediction);
      },
    },
    {
      name: 'metrics of a request with a sampled trace: exemplars',
      call: () => silent.requestAnswered(traced, 200, 500, prediction),
    },
    {
      name: 'metrics and log line of an answer, without writing it',
      call: () => logged.requestAnswered(end, 200, 500, prediction),
    },
    {
      name: 'metrics of a batch: dispatched, done',
      call: () => {
        silent.batchDispatched(model, 2, 'idle', 'narrow');
        silent.batchDone(model, 18.3);
      },
    },
  ];
}
