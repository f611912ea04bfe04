import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Callers } from '../../../../src/guard/limits/ledger/callers.ts';

const tableOf = (maxCallers: number) =>
  new Callers({ maxCallers, create: () => ({ at: Infinity }), idleAt: ({ at }) => at });

t.test('a caller has the same entry for as long as it is kept', async (t) => {
  const table = tableOf(10);
  const entry = table.of('a', 0);
  t.equal(table.of('a', 0), entry);
  t.equal(table.get('a'), entry);
  t.equal(table.get('b'), undefined);
});

t.test('the table never grows beyond its bound, whatever names come', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat({ max: 60 })), (bound, names) => {
      const table = tableOf(bound);
      for (const [now, name] of names.entries()) {
        table.of(String(name), now).at = now + (name % 7);
        assert.ok(table.size <= bound);
        assert.notEqual(table.get(String(name)), undefined);
      }
    }),
  );
});

t.test('idle callers go as others come: none are left after as many new ones as there were', async (t) => {
  const table = tableOf(10_000);
  for (let name = 0; name < 1000; name++) table.of(`old ${name}`, 0).at = 1;
  for (let name = 0; name < 1000; name++) table.of(`new ${name}`, 2).at = Infinity;
  t.equal(table.size, 1000);
  t.equal(table.get('old 0'), undefined);
  t.ok(table.get('new 0'));
});

t.test('a caller that is far over its limit is not displaced by a flood of others', async (t) => {
  const table = tableOf(100);
  table.of('abuser', 0).at = 1e6;
  for (let name = 0; name < 100_000; name++) table.of(`flood ${name}`, 1).at = 100 + name / 1e6;
  t.ok(table.get('abuser'));
  t.equal(table.size, 100);
});

t.test('a new caller costs the same however many have come and gone', async (t) => {
  const table = tableOf(50_000);
  let looks = 0;
  const counted = new Callers({ maxCallers: 50_000, create: () => 0, idleAt: () => (looks++, Infinity) });
  for (let name = 0; name < 200_000; name++) {
    table.of(`c ${name}`, name).at = name + 1;
    counted.of(`c ${name}`, 0);
  }
  t.ok(looks <= 200_000 * 10, `${looks} entries were looked at`);
  t.ok(table.size < 10, 'each was idle when the next came');
});

t.test('an entry that is deleted is made again', async (t) => {
  const table = tableOf(2);
  const first = table.of('a', 0);
  table.delete('a');
  t.not(table.of('a', 0), first);
});
