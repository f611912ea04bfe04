import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { ByteBudget, type Permit } from '../../src/admission/budget.ts';

const LIMIT = 100;

t.test('the bytes used are those of all open permits, and never above the limit', async () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom('reserve', 'grow', 'release'),
      bytes: fc.nat({ max: 60 }),
      which: fc.nat({ max: 9 }),
    }),
  );
  fc.assert(
    fc.property(steps, (sequence) => {
      const budget = new ByteBudget(LIMIT);
      const live = new Map<Permit, number>();
      const all: Permit[] = [];
      const used = (): number => [...live.values()].reduce((sum, bytes) => sum + bytes, 0);
      for (const { kind, bytes, which } of sequence) {
        const permit = all[which % (all.length || 1)];
        const fits = used() + bytes <= LIMIT;
        if (kind === 'reserve' && !fits) {
          assert.throws(() => budget.reserve(bytes), { code: 'OVERLOADED' });
        } else if (kind === 'reserve') {
          const reserved = budget.reserve(bytes);
          all.push(reserved);
          live.set(reserved, bytes);
        } else if (permit !== undefined && kind === 'grow') {
          const held = live.get(permit);
          assert.equal(permit.grow(bytes), fits && held !== undefined);
          if (fits && held !== undefined) live.set(permit, held + bytes);
        } else if (permit !== undefined) {
          permit.release();
          live.delete(permit);
        }
        assert.equal(budget.used, used());
        assert.ok(budget.used <= LIMIT);
      }
    }),
  );
});

t.test('a permit releases all it has grown to, once', async (t) => {
  const budget = new ByteBudget(LIMIT);
  const permit = budget.reserve(10);
  t.ok(permit.grow(20));
  permit.demand(5);
  t.equal(budget.used, 35);
  permit.release();
  permit.release();
  t.equal(budget.used, 0);
});

t.test('a permit that does not fit takes nothing', async (t) => {
  const budget = new ByteBudget(LIMIT);
  t.throws(() => budget.reserve(LIMIT + 1), { code: 'OVERLOADED', retryable: true, retryAfterSeconds: 1 });
  const permit = budget.reserve(LIMIT);
  t.notOk(permit.grow(1));
  t.throws(() => permit.demand(1), { code: 'OVERLOADED', retryable: true, retryAfterSeconds: 1 });
  t.equal(budget.used, LIMIT);
});

t.test('a released permit cannot grow', async (t) => {
  const budget = new ByteBudget(LIMIT);
  const permit = budget.reserve(1);
  permit.release();
  t.notOk(permit.grow(1));
  t.equal(budget.used, 0);
});
