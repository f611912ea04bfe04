/**
 * A worker entry that does what workers/infer.ts does, and misbehaves when the rows ask for it: see faults.ts.
 * Faults happen where a model would cause them, inside session.run(): the batch is running by then.
 */
import { BroadcastChannel } from 'node:worker_threads';
import type { TensorView } from '../../src/tensor/tensor.ts';
import { Session } from '../../workers/session.ts';
import {
  DIES,
  DIES_PIXEL,
  EXIT,
  GATE_CHANNEL,
  GATE_CLOSED,
  GATE_DEADLY,
  HELD,
  HELD_PIXEL,
  LOADED,
  THROW,
  THROWS,
  THROWS_PIXEL,
} from './faults.ts';

type Pixel = readonly [number, number, number];

/** What a thread that dies on demand exits with. */
const EXIT_CODE = 3;

const channel = new BroadcastChannel(GATE_CHANNEL);
channel.unref();
channel.onmessage = (event: unknown) => {
  const { data } = event as { data: unknown };
  if (data === EXIT) process.exit(EXIT_CODE);
  if (data === THROW) throw new Error('thrown with no task');
};

const runSession = Reflect.get(Session.prototype, 'run');
Session.prototype.run = async function (this: Session, inputs, rows, width) {
  if (asks(inputs, rows, DIES, DIES_PIXEL)) process.exit(EXIT_CODE);
  if (asks(inputs, rows, HELD, HELD_PIXEL)) hold();
  if (asks(inputs, rows, THROWS, THROWS_PIXEL)) await thrownElsewhere();
  return runSession.call(this, inputs, rows, width);
};

function asks(inputs: readonly TensorView[], rows: number, value: number, pixel: Pixel): boolean {
  return inputs.some((input) => {
    if (input instanceof Float32Array) return input.includes(value);
    if (!(input instanceof Uint8Array)) return false;
    const bytesPerRow = input.length / rows;
    return Array.from({ length: rows }, (_, row) => row * bytesPerRow).some((start) =>
      pixel.every((channel, index) => input[start + index] === channel),
    );
  });
}

/** The gate is made here and sent to the main thread, which opens it: no polling, and no word between is lost. */
function hold(): void {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  channel.postMessage(gate.buffer);
  Atomics.wait(gate, 0, GATE_CLOSED);
  if (Atomics.load(gate, 0) === GATE_DEADLY) process.exit(EXIT_CODE);
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
// What a batch costs is as that worker says, so that what waits goes together.
export { default } from './batching-worker.ts';
