/**
 * Asks a server for its liveness again and again, on one connection and from a thread of its own, so that nothing else in
 * the asking process delays it: how long the event loop of the server takes to answer.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Wire } from '../../support/http-client.ts';

const EVERY_MS = 10;

export interface PulseFacts {
  readonly count: number;
  readonly p99: number;
  readonly longestMs: number;
  /** Answers other than 200, and connections that were closed. */
  readonly bad: number;
}

export class Pulse {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(port: number): Promise<Pulse> {
    const worker = new Worker(new URL(import.meta.url), { workerData: { port } });
    await once(worker, 'message');
    return new Pulse(worker);
  }

  async stop(): Promise<PulseFacts> {
    this.#worker.postMessage('stop');
    const [facts] = (await once(this.#worker, 'message')) as [PulseFacts];
    await this.#worker.terminate();
    return facts;
  }
}

if (!isMainThread && parentPort !== null) await beat(parentPort, (workerData as { port: number }).port);

async function beat(parent: NonNullable<typeof parentPort>, port: number): Promise<void> {
  let stopped = false;
  parent.once('message', () => (stopped = true));
  const times: number[] = [];
  let bad = 0;
  let wire = await Wire.open(port);
  parent.postMessage('started');
  while (!stopped) {
    const from = performance.now();
    await wire.send({ path: '/health/live' });
    const response = await wire.response();
    times.push(performance.now() - from);
    if (response?.status !== 200) {
      bad++;
      wire.leave();
      wire = await Wire.open(port);
    }
    await new Promise((resolve) => void setTimeout(resolve, EVERY_MS));
  }
  wire.leave();
  const sorted = times.toSorted((a, b) => a - b);
  const facts: PulseFacts = {
    count: sorted.length,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? NaN,
    longestMs: sorted.at(-1) ?? NaN,
    bad,
  };
  parent.postMessage(facts);
}
