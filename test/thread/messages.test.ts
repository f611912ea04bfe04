import t from 'tap';
import {
  SLOTS_PER_WORKER,
  slabBytes,
  slotBody,
  slotStateIndex,
  slotStates,
} from '../../src/thread/slab-layout.ts';

const SLOT_BYTES = 256;
const slots = Array.from({ length: SLOTS_PER_WORKER }, (_, slot) => slot);
const slabOf = (): SharedArrayBuffer => new SharedArrayBuffer(slabBytes(SLOT_BYTES));

t.test('every slot has a body of its own, aligned, and the last one ends with the slab', async (t) => {
  const slab = slabOf();
  const bodies = slots.map((slot) => slotBody(slab, slot));
  for (const [slot, body] of bodies.entries()) {
    t.equal(body.length, SLOT_BYTES);
    t.equal(body.byteOffset % 64, 0);
    if (slot > 0) t.equal(body.byteOffset, bodies[slot - 1]!.byteOffset + SLOT_BYTES);
  }
  t.equal(bodies.at(-1)!.byteOffset + SLOT_BYTES, slab.byteLength);
});

t.test('every slot has a state of its own, on a cache line of its own, outside all bodies', async (t) => {
  const slab = slabOf();
  for (const slot of slots) slotBody(slab, slot).fill(0xff);
  const states = slotStates(slab);
  t.ok(
    states.every((word) => word === 0),
    'bodies do not reach into the states',
  );
  const places = slots.map((slot) => slotStateIndex(slot) * Int32Array.BYTES_PER_ELEMENT);
  t.same(
    places,
    slots.map((slot) => slot * 64),
  );
  t.ok(places.every((place) => place < states.byteLength));
});

t.test('both threads see the same states', async (t) => {
  const slab = slabOf();
  Atomics.store(slotStates(slab), slotStateIndex(1), 2);
  t.equal(Atomics.load(slotStates(slab), slotStateIndex(1)), 2);
  t.equal(Atomics.load(slotStates(slab), slotStateIndex(0)), 0);
});
