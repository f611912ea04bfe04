import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  SLOT_CANCELLED,
  SLOT_DONE,
  SLOT_FREE,
  SLOT_READY,
  SLOT_RUNNING,
  slotBody,
  slotStateIndex,
  slotStates,
} from '../../src/thread/slab-layout.ts';
import type { Payload } from '../../src/thread/payload.ts';
import { Slab, SLOT_BYTES, slotBytesOf } from '../../src/pool/slab.ts';

const header = {
  format: 'png',
  width: 1,
  height: 1,
  fast: false,
  progressive: false,
  channels: 3,
  orientation: 1,
} as const;
const bytes = fc.uint8Array({ maxLength: 300 });
const images = fc.array(bytes, { minLength: 1, maxLength: 6 });
const entries = fc
  .integer({ min: 1, max: 3 })
  .chain((inputs) =>
    fc.array(fc.array(bytes, { minLength: inputs, maxLength: inputs }), { minLength: 1, maxLength: 5 }),
  );

const imagesOf = (parts: readonly Uint8Array[]): Payload[] =>
  parts.map((part, topK) => ({ kind: 'image', rows: 1, bytes: part, header, topK }));
const rowsOf = (parts: readonly (readonly Uint8Array[])[]): Payload[] =>
  parts.map((inputs, index) => ({
    kind: 'tensors',
    rows: index + 1,
    inputs: inputs.map((data) => ({ shape: [index + 1, 7], data })),
  }));
const stateOf = (slab: Slab, slot: number): number =>
  Atomics.load(slotStates(slab.memory), slotStateIndex(slot));
/** Starts the batch as the worker does. */
const begin = (slab: Slab, slot: number): number =>
  Atomics.compareExchange(slotStates(slab.memory), slotStateIndex(slot), SLOT_READY, SLOT_RUNNING);

t.test('images are written one after the other and read back unchanged', async () => {
  const slab = new Slab();
  fc.assert(
    fc.property(images, fc.constantFrom(0, 1), (parts, slot) => {
      const { payload, body } = slab.write(slot, imagesOf(parts));
      assert.ok(payload.kind === 'images' && body === undefined);
      const area = slotBody(slab.memory, slot);
      for (const [index, { offset, length, topK }] of payload.images.entries()) {
        assert.deepEqual(area.slice(offset, offset + length), parts[index]);
        assert.equal(topK, index);
      }
    }),
  );
});

t.test('the rows of all entries are contiguous, input by input, each input aligned', async () => {
  const slab = new Slab();
  fc.assert(
    fc.property(entries, fc.constantFrom(0, 1), (parts, slot) => {
      const { payload, body } = slab.write(slot, rowsOf(parts));
      assert.ok(payload.kind === 'tensors' && body === undefined);
      const area = slotBody(slab.memory, slot);
      assert.equal(payload.inputs.length, parts[0]!.length);
      for (const [input, { offset, length, shape }] of payload.inputs.entries()) {
        assert.deepEqual(shape, [(parts.length * (parts.length + 1)) / 2, 7]);
        assert.equal((area.byteOffset + offset) % 64, 0);
        const expected = Buffer.concat(parts.map((inputs) => inputs[input]!));
        assert.deepEqual(Buffer.from(area.slice(offset, offset + length)), expected);
      }
      assert.deepEqual(
        payload.rows,
        parts.map((_, index) => index + 1),
      );
      const last = payload.inputs.at(-1)!;
      assert.equal(slotBytesOf(rowsOf(parts)), last.offset + last.length);
    }),
  );
});

t.test('the two slots do not touch each other', async (t) => {
  const slab = new Slab();
  const full = new Uint8Array(SLOT_BYTES).fill(1);
  slab.write(0, imagesOf([full]));
  slab.write(1, imagesOf([full.map(() => 2)]));
  t.ok(slotBody(slab.memory, 0).every((byte) => byte === 1));
  t.ok(slotBody(slab.memory, 1).every((byte) => byte === 2));
  t.equal(stateOf(slab, 0), SLOT_FREE, 'nor the states');
});

t.test('a batch too large for a slot is sent in a buffer of its own', async (t) => {
  const slab = new Slab();
  const large = new Uint8Array(SLOT_BYTES + 1).fill(7);
  const { payload, body } = slab.write(0, imagesOf([large]));
  t.match(payload, { images: [{ offset: 0, length: SLOT_BYTES + 1 }] });
  t.ok(Buffer.from(body!).equals(large));
  t.ok(slotBody(slab.memory, 0).every((byte) => byte === 0));
});

t.test('rows that alignment makes too large for a slot are sent in a buffer of their own', async (t) => {
  const { payload, body } = new Slab().write(
    0,
    rowsOf([[new Uint8Array(1), new Uint8Array(SLOT_BYTES - 1)]]),
  );
  t.equal(body!.byteLength, 64 + SLOT_BYTES - 1);
  t.match(payload, { inputs: [{ offset: 0 }, { offset: 64 }] });
});

t.test('a slab has two slots; taking a third is a bug, and freeing one makes room', async (t) => {
  const slab = new Slab();
  t.same([slab.take(), slab.take()], [0, 1]);
  t.throws(() => slab.take(), /This is a bug/);
  slab.free(0);
  t.equal(slab.take(), 0);
});

t.test('a batch can be taken back until the worker has started it', async (t) => {
  const slab = new Slab();
  const [first, second] = [slab.take(), slab.take()];
  t.notOk(slab.running(first));
  t.ok(slab.cancel(first));
  t.equal(stateOf(slab, first), SLOT_CANCELLED);
  t.equal(begin(slab, first), SLOT_CANCELLED, 'the worker finds it cancelled');
  t.notOk(slab.running(first));

  t.equal(begin(slab, second), SLOT_READY);
  t.notOk(slab.cancel(second));
  t.ok(slab.running(second));
});

t.test('a batch that the worker has done is not running', async (t) => {
  const slab = new Slab();
  const slot = slab.take();
  begin(slab, slot);
  Atomics.store(slotStates(slab.memory), slotStateIndex(slot), SLOT_DONE);
  t.notOk(slab.running(slot));
  slab.free(slot);
  t.equal(slab.take(), slot);
});

t.test('a free slot cannot be taken back', async (t) => {
  const slab = new Slab();
  const slot = slab.take();
  slab.free(slot);
  t.notOk(slab.cancel(slot));
});
