/**
 * What tracing costs the thread that serves everyone: deciding, noting and making spans, and writing a batch of them out to a
 * receiver in another thread.
 */
import { once } from 'node:events';
import { randomFillSync } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { systemClock as clock } from '../../src/clock.ts';
import { readTraceContext } from '../../src/telemetry/trace/context.ts';
import { createExporter } from '../../src/telemetry/trace/exporter.ts';
import type { SpanRecord } from '../../src/telemetry/trace/span.ts';
import { Tracer } from '../../src/telemetry/trace/tracer.ts';
import { measureAll, type Work } from './timing.ts';
import type { Micro } from '../record/results.ts';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';
const BATCH_SPANS = 128;
const END = {
  requestId: '6f882f10-fcaa-4138-a04d-1f949ffd6abe',
  method: 'POST',
  route: '/v1/predict',
  quiet: false,
  ms: 11.2,
  traceId: undefined,
};
const OUTCOME = {
  status: 200,
  model: { model: 'efficientnet-lite0', version: '1' },
  stages: { queue: 1, decode: 1.2, infer: 8.4, post: 0.01 },
};

const RECEIVER = `
  const { parentPort } = require('node:worker_threads');
  const answer = (request, response) => request.resume().on('end', () => response.end());
  const server = require('node:http').createServer(answer);
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

const tracerOf = (ratio: number, add: (spans: readonly SpanRecord[]) => void): Tracer =>
  new Tracer({
    sampling: { ratio, parent: 'trust' },
    clock,
    wallNow: Date.now,
    fillRandom: randomFillSync,
    add,
  });

/** One request in a batch of its own, as the server would have it traced. */
function trace(tracer: Tracer): unknown {
  const request = tracer.begin(undefined, () => '/v1/predict');
  if (request === undefined) return undefined;
  request.readMs = 0.4;
  request.queuedMs = 0.5;
  const at = clock.now();
  const facts = { at, worker: 0, rows: 1, width: 'narrow', reason: 'idle', waitedMs: 0, predictedMs: 9 };
  const batch = tracer.batch({ ...facts, ...OUTCOME.model }, [{ trace: request }]);
  batch?.end(at, { kind: 'done', items: [], decodeMs: 1.2, decodeMsOf: [1.2], inferMs: 8.4, postMs: 0.01 });
  request.end(END, at, OUTCOME);
  return request;
}

export async function traceMicro(quick: boolean): Promise<Micro[]> {
  const made: SpanRecord[] = [];
  while (made.length < BATCH_SPANS) trace(tracerOf(1, (spans) => made.push(...spans)));
  const batch = made.slice(0, BATCH_SPANS);
  const receiver = new Worker(RECEIVER, { eval: true });
  const [port] = (await once(receiver, 'message')) as [number];
  const exporter = createExporter({ url: `http://127.0.0.1:${port}/v1/traces`, serviceName: 'bench' });
  const none = tracerOf(0.001, () => undefined);
  const all = tracerOf(1, () => undefined);
  const works: Work[] = [
    { name: 'trace: a caller that does not sample', call: () => readTraceContext(TRACEPARENT, '') },
    { name: 'trace: a request, one in a thousand is sampled', call: () => trace(none) },
    { name: 'trace: a sampled request with its batch', call: () => trace(all) },
    { name: `trace: ${BATCH_SPANS} spans sent`, call: () => exporter.send(batch) },
  ];
  try {
    return await measureAll(works, quick);
  } finally {
    exporter.close();
    await receiver.terminate();
  }
}
