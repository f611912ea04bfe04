import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { ByteBudget, type Permit } from '../../src/admission/budget.ts';
import type { ServingError } from '../../src/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';

const LIMIT = 100;

function grown(budget: ByteBudget, bytes: number, copies?: number): Permit {
  const permit = budget.open(bytes, copies);
  permit.demand(bytes);
  return permit;
}

t.test('the bytes used are those of all open permits, and never above the limit', async () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom('open', 'grow', 'arrives', 'arrived', 'came', 'release', 'wait'),
      bytes: fc.nat({ max: 60 }),
      which: fc.nat({ max: 9 }),
    }),
  );
  fc.assert(
    fc.property(steps, (sequence) => {
      const clock = new FakeClock();
      const budget = new ByteBudget(LIMIT, clock);
      const all: Permit[] = [];
      for (const { kind, bytes, which } of sequence) {
        const permit = all[which % (all.length || 1)];
        if (kind === 'open') {
          attempt(() => all.push(budget.open(bytes, 1 + (which % 3))));
        } else if (kind === 'wait') clock.advance(bytes * 50);
        else if (kind === 'grow') {
          const [held, room] = [permit?.bytes, budget.used + bytes <= LIMIT];
          const grew = permit?.grow(bytes);
          if (grew !== undefined) assert.equal(permit!.bytes, grew ? held! + bytes : held);
          if (room && grew === false) assert.equal(held, 0, 'only one that is released');
        } else if (kind === 'arrives') permit?.arrives(() => undefined);
        else if (kind === 'arrived') permit?.arrived();
        else if (kind === 'came') attempt(() => permit?.came(bytes));
        else permit?.release();
        assert.equal(
          budget.used,
          all.reduce((sum, each) => sum + each.bytes, 0),
        );
        assert.ok(budget.used <= LIMIT);
      }
      for (const permit of all) permit.release();
      assert.equal(budget.used, 0);
    }),
  );
});

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    assert.equal((error as ServingError).code, 'OVERLOADED');
  }
}

t.test('a permit releases all it has grown to, once', async (t) => {
  const budget = new ByteBudget(LIMIT, new FakeClock());
  const permit = grown(budget, 10);
  t.ok(permit.grow(20));
  permit.demand(5);
  t.equal(budget.used, 35);
  permit.release();
  permit.release();
  t.equal(budget.used, 0);
});

t.test('what never fits is refused for good, what does not fit now may come again', async (t) => {
  const budget = new ByteBudget(LIMIT, new FakeClock());
  t.throws(() => budget.open(LIMIT + 1), { code: 'BODY_TOO_LARGE', retryable: false });
  const permit = grown(budget, LIMIT);
  const refused = { code: 'OVERLOADED', retryable: true, retryAfterSeconds: 1 };
  t.throws(() => budget.open(1), refused);
  t.notOk(permit.grow(1));
  t.throws(() => permit.demand(1), refused);
  t.equal(budget.used, LIMIT);
});

t.test('a released permit cannot grow', async (t) => {
  const budget = new ByteBudget(LIMIT, new FakeClock());
  const permit = grown(budget, 1);
  permit.release();
  t.notOk(permit.grow(1));
  t.equal(budget.used, 0);
});

t.test('declared bytes that do not come take nothing from others', async (t) => {
  const budget = new ByteBudget(LIMIT, new FakeClock());
  for (let i = 0; i < 1000; i++) budget.open(LIMIT).arrives(() => t.fail());
  t.equal(budget.used, 0);
  t.ok(budget.open(LIMIT).grow(LIMIT));
});

t.test('a body takes its copies as it comes, one that is too large for them what there is', async (t) => {
  const budget = new ByteBudget(LIMIT, new FakeClock());
  const permit = budget.open(20, 3);
  permit.came(10);
  t.equal(budget.used, 30);
  permit.came(10);
  t.equal(budget.used, 60);
  t.throws(() => budget.open(20, 3), { code: 'OVERLOADED' });
  t.throws(() => budget.open(0, 3).came(14), { code: 'OVERLOADED' });
  permit.release();

  const large = budget.open(70, 3);
  for (const bytes of [30, 30, 10]) large.came(bytes);
  t.equal(large.bytes, LIMIT);
  large.release();

  const endless = budget.open(0, 3);
  endless.came(LIMIT);
  t.throws(() => endless.came(1), { code: 'OVERLOADED' });
});

t.test(
  'bodies that have nearly stopped give way, the first of them first, and no more than needed',
  async (t) => {
    const clock = new FakeClock();
    const budget = new ByteBudget(LIMIT, clock);
    const gone: string[] = [];
    const arriving = (name: string, bytes: number): Permit => {
      const permit = grown(budget, bytes);
      permit.arrives(({ code }) => gone.push(`${name} ${code}`));
      return permit;
    };
    const first = arriving('first', 30);
    arriving('second', 30);
    arriving('third', 30);
    const young = grown(budget, 0);
    t.notOk(young.grow(20), 'all of them are young');
    clock.advance(1000);
    t.ok(budget.open(60), 'what can give way counts as room');
    t.ok(young.grow(20));
    t.strictSame(gone, ['first OVERLOADED']);
    t.notOk(first.grow(1), 'it is released');
    t.ok(young.grow(40));
    t.strictSame(gone, ['first OVERLOADED', 'second OVERLOADED']);
    t.notOk(young.grow(41), 'all of them would not be enough');
    t.equal(gone.length, 2);
    t.equal(budget.used, 90);
  },
);

t.test('a body that comes keeps its place, one that is there too', async (t) => {
  const clock = new FakeClock();
  const budget = new ByteBudget(1_000_000, clock);
  const comes = grown(budget, 0);
  const there = grown(budget, 500_000);
  for (const permit of [comes, there]) permit.arrives(() => t.fail());
  there.arrived();
  for (let i = 0; i < 6; i++) {
    comes.grow(40_000);
    clock.advance(500);
  }
  t.notOk(grown(budget, 0).grow(500_000));
  t.equal(budget.used, 740_000);
});

t.test('a body that drips is slow, however often it does', async (t) => {
  const clock = new FakeClock();
  const budget = new ByteBudget(100_000, clock);
  const gone: string[] = [];
  const drips = grown(budget, 80_000);
  drips.arrives(({ code }) => gone.push(code));
  for (let i = 0; i < 20; i++) {
    clock.advance(100);
    drips.grow(10);
  }
  t.ok(grown(budget, 0).grow(90_000));
  t.strictSame(gone, ['OVERLOADED']);
});

t.test('a slow body gives nothing up to itself', async (t) => {
  const clock = new FakeClock();
  const budget = new ByteBudget(LIMIT, clock);
  const alone = grown(budget, 60);
  alone.arrives(() => t.fail());
  clock.advance(5000);
  t.notOk(alone.grow(60));
  t.equal(budget.used, 60);
});
