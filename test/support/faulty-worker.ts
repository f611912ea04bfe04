/**
 * A worker entry like workers/infer.ts, with the faults of faults.ts. They happen where a model would cause them: inside
 * session.run(), while the batch is running.
 */
import { BroadcastChannel } from 'node:worker_threads';
import { Session } from '../../workers/session.ts';
import type { Value } from '../../workers/values.ts';
import {
  DIES,
  DIES_PIXEL,
  EXIT,
  GATE_CHANNEL,
  GATE_CLOSED,
  GATE_DEADLY,
  HELD,
  HELD_PIXEL,
  HOGS,
  HOGS_PIXEL,
  LOADED,
  THROW,
  THROWS,
  THROWS_PIXEL,
} from './faults.ts';

type Pixel = readonly [number, number, number];

/** Exit code of threads that exit on demand. */
const EXIT_CODE = 3;

const channel = new BroadcastChannel(GATE_CHANNEL);
channel.unref();
channel.onmessage = (event: unknown) => {
  const { data } = event as { data: unknown };
  if (data === EXIT) process.exit(EXIT_CODE);
  if (data === THROW) throw new Error('thrown with no task');
};

const runSession = Reflect.get(Session.prototype, 'run');
Session.prototype.run = async function (this: Session, values, width) {
  if (asks(values, DIES, DIES_PIXEL)) process.exit(EXIT_CODE);
  if (asks(values, HELD, HELD_PIXEL)) hold();
  if (asks(values, HOGS, HOGS_PIXEL)) fillHeap();
  if (asks(values, THROWS, THROWS_PIXEL)) await thrownElsewhere();
  return runSession.call(this, values, width);
};

function asks(values: readonly Value[], value: number, pixel: Pixel): boolean {
  return values.some(({ shape: [rows = 1], data: input }) => {
    if (input instanceof Float32Array) return input.includes(value);
    if (!(input instanceof Uint8Array)) return false;
    const bytesPerRow = input.length / rows;
    return Array.from({ length: rows }, (_, row) => row * bytesPerRow).some((start) =>
      pixel.every((channel, index) => input[start + index] === channel),
    );
  });
}

/** Blocks until the main thread, to which the gate is sent, opens it. */
function hold(): void {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  channel.postMessage(gate.buffer);
  Atomics.wait(gate, 0, GATE_CLOSED);
  if (Atomics.load(gate, 0) === GATE_DEADLY) process.exit(EXIT_CODE);
}

/** Never returns: the thread ends when its heap is full. */
function fillHeap(): never {
  const kept: unknown[] = [];
  for (;;) kept.push(Array<number>(1_000_000).fill(0.5));
}

/** Never resolves: the thread ends first. */
function thrownElsewhere(): Promise<never> {
  return new Promise(() => {
    setImmediate(() => {
      throw new Error('thrown outside any task');
    });
  });
}

channel.postMessage(LOADED);
// With the costs of that worker, so that queued rows form batches.
export { default } from './batching-worker.ts';
