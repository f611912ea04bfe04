import fc from 'fast-check';
import t from 'tap';
import { evictionFor, type Resident } from '../../../src/serving/memory/eviction.ts';

interface Named extends Resident {
  readonly name: string;
}

const resident = (name: string, usedAt: number, changed: Partial<Resident> = {}): Named => ({
  name,
  bytes: 10,
  mayLeave: true,
  usedAt,
  inUse: false,
  ...changed,
});
const namesOf = (leaving: readonly Named[] | undefined) => leaving?.map(({ name }) => name);

t.test('nobody leaves while there is room', async (t) => {
  t.same(namesOf(evictionFor(10, 30, [resident('a', 1), resident('b', 2)])), []);
});

t.test('the least recently used leave first, and no more than needed', async (t) => {
  const residents = [resident('b', 2), resident('a', 1), resident('c', 3)];
  t.same(namesOf(evictionFor(10, 30, residents)), ['a']);
  t.same(namesOf(evictionFor(20, 30, residents)), ['a', 'b']);
});

t.test('one that requests hold leaves last', async (t) => {
  const residents = [resident('a', 1, { inUse: true }), resident('b', 2)];
  t.same(namesOf(evictionFor(10, 20, residents)), ['b']);
});

t.test('one that is pinned never leaves; where that is not enough, nobody does', async (t) => {
  const residents = [resident('a', 1, { mayLeave: false }), resident('b', 2)];
  t.same(namesOf(evictionFor(10, 20, residents)), ['b']);
  t.equal(evictionFor(11, 20, residents), undefined);
  t.equal(evictionFor(21, 20, []), undefined, 'larger than the budget');
});

t.test('what stays and what comes are within the budget, and nobody leaves in vain', async () => {
  const residents = fc.array(
    fc.record({
      bytes: fc.integer({ min: 1, max: 20 }),
      mayLeave: fc.boolean(),
      usedAt: fc.integer({ min: 0, max: 9 }),
      inUse: fc.boolean(),
    }),
    { maxLength: 8 },
  );
  const sum = (list: readonly Resident[]): number => list.reduce((total, { bytes }) => total + bytes, 0);
  fc.assert(
    fc.property(
      residents,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 80 }),
      (all, bytes, budget) => {
        const leaving = evictionFor(bytes, budget, all);
        const pinned = all.filter(({ mayLeave }) => !mayLeave);
        if (leaving === undefined) return sum(pinned) + bytes > budget;
        const staying = all.filter((one) => !leaving.includes(one));
        const lastInVain = leaving.length > 0 && sum(staying) + leaving.at(-1)!.bytes + bytes <= budget;
        return leaving.every(({ mayLeave }) => mayLeave) && sum(staying) + bytes <= budget && !lastInVain;
      },
    ),
  );
});
