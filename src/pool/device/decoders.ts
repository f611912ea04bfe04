/**
 * Decodes the images of a device's batch on the workers of the CPU, each a share, into memory that the device's thread reads:
 * while the device runs one batch, the next is decoded. What cannot be decoded there, because no worker is ready or one dies,
 * is decoded by the device's own thread.
 */
import type { Clock } from '../../clock.ts';
import type { BatchTask, DecodedRows, DecodeTask } from '../../thread/messages.ts';
import type { Loaded, Preprocess } from '../../thread/load.ts';
import { bytesPerRow, rowOf, type RowSpec } from '../../tensor/tensor.ts';
import type { ModelTask, PoolWorker } from '../worker.ts';

/** What images of a version become. */
interface Into {
  readonly row: RowSpec;
  readonly preprocess: Preprocess;
}

/** A share takes this long before it is known; milliseconds an image. */
const USUAL_MS = 1;

export class Decoders {
  readonly #workers: () => readonly PoolWorker[];
  readonly #clock: Clock;
  /** By instance. */
  readonly #into = new Map<number, Into>();
  /** Rows of each slot of a slab: used again, as its slot is. */
  readonly #rows = new WeakMap<SharedArrayBuffer, Map<number, SharedArrayBuffer>>();

  /** `workers`: those of the CPU. */
  constructor(workers: () => readonly PoolWorker[], clock: Clock) {
    this.#workers = workers;
    this.#clock = clock;
  }

  /** From now on images of a version are decoded here, if it takes any, and does not decode each of them twice. */
  enter({ inputs }: Pick<Loaded, 'inputs'>, { instance, preprocess }: ModelTask): void {
    if (preprocess === undefined || preprocess.sanitise?.detectAbove !== undefined) return;
    this.#into.set(instance, { row: rowOf(inputs[0]!), preprocess });
  }

  leave(instance: number): void {
    this.#into.delete(instance);
  }

  /** The batch with its images decoded, or as it is. `slab`: that its bodies are in. Never rejects. */
  async decoded(task: BatchTask, slab: SharedArrayBuffer): Promise<BatchTask> {
    const { payload, body } = task;
    const into = this.#into.get(task.instance);
    // A body that is larger than a slot was to be transferred; copies of one image are made where it is decoded.
    if (
      into === undefined ||
      payload.kind !== 'images' ||
      body !== undefined ||
      payload.images[0]?.occluded !== undefined
    )
      return task;
    const { images } = payload;
    const workers = this.#leastBusy(images.length);
    if (workers.length === 0) return task;
    const started = this.#clock.now();
    const rows = this.#roomFor(slab, task.slot, images.length * bytesPerRow(into.row));
    const { instance, slot, signals } = task;
    const each = Math.ceil(images.length / workers.length);
    const shares = workers.map((worker, index) => {
      const first = index * each;
      const own = images.slice(first, first + each);
      const share = { kind: 'decode', instance, slab, slot, images: own, rows, first, ...into } as const;
      return decode(worker, signals === true ? { ...share, signals } : share);
    });
    const done = await Promise.all(shares);
    if (done.some((one) => one === undefined)) return task;
    const all = done as readonly DecodedRows[];
    return {
      ...task,
      payload: {
        kind: 'decoded',
        images,
        rows,
        failures: all.flatMap(({ failures }) => failures),
        looks: all.flatMap(({ looks }) => looks),
        decodeMsOf: all.flatMap(({ decodeMsOf }) => decodeMsOf),
        decodeMs: this.#clock.now() - started,
      },
    };
  }

  #leastBusy(most: number): readonly PoolWorker[] {
    const now = this.#clock.now();
    return this.#workers()
      .filter(({ state }) => state === 'ready')
      .map((worker) => ({ worker, ms: worker.remainingMs(now) }))
      .sort((a, b) => a.ms - b.ms)
      .slice(0, most)
      .map(({ worker }) => worker);
  }

  #roomFor(slab: SharedArrayBuffer, slot: number, bytes: number): SharedArrayBuffer {
    const slots = this.#rows.get(slab) ?? new Map<number, SharedArrayBuffer>();
    this.#rows.set(slab, slots);
    const kept = slots.get(slot);
    if (kept !== undefined && kept.byteLength >= bytes) return kept;
    const made = new SharedArrayBuffer(bytes);
    slots.set(slot, made);
    return made;
  }
}

/** Undefined when it failed as a whole, or the thread died. */
async function decode(worker: PoolWorker, task: DecodeTask): Promise<DecodedRows | undefined> {
  if (task.images.length === 0) return { kind: 'decoded', failures: [], looks: [], decodeMsOf: [] };
  const result = await worker.decode(task, USUAL_MS * task.images.length).catch(() => undefined);
  return result === undefined || 'code' in result ? undefined : result;
}
