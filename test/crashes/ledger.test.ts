import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Ledger } from '../../src/crashes/ledger.ts';

const A = { digest: 'aa', bytes: 10, model: 'a', version: '1' };
const charge = (at: number, points = 2) => ({ at, signal: 'SIGSEGV', points });

t.test('keeps charges between processes, by content', async (t) => {
  const folder = t.testdir();
  t.match(new Ledger(folder).charge(A, charge(1)), { since: undefined });
  const again = new Ledger(folder);
  t.strictSame(again.quarantined, []);
  t.match(again.charge({ ...A, digest: 'bb' }, charge(2)), { since: undefined }, 'other content');
  t.match(
    again.charge({ ...A, version: '7' }, charge(3)),
    { since: 3, version: '7' },
    'under another number',
  );
  t.match(new Ledger(folder).quarantined, [{ digest: 'aa', charges: [charge(1), charge(3)] }]);
});

t.test('counts crashes, and keeps the last', async (t) => {
  const folder = t.testdir();
  const last = {
    at: 5,
    signal: 'SIGFPE',
    running: [{ model: 'a', version: '1', doing: 'run', runs: 3 }],
  } as const;
  new Ledger(folder).count({ at: 1, signal: 'SIGFPE', running: [] });
  new Ledger(folder).count({ at: 2, signal: 'SIGBUS', running: [] });
  new Ledger(folder).count(last);
  const { crashes, last: kept } = new Ledger(folder);
  t.strictSame(crashes, { SIGFPE: 2, SIGBUS: 1 });
  t.strictSame(kept, last);
});

t.test('releases what is called so, and forgets its charges', async (t) => {
  const folder = t.testdir();
  const ledger = new Ledger(folder);
  for (const version of ['1', '2']) {
    for (const at of [1, 2]) ledger.charge({ ...A, digest: version, version }, charge(at));
  }
  const { stamp } = ledger;
  t.strictSame(ledger.release('b', undefined), []);
  t.match(new Ledger(folder).release('a', '2'), [{ digest: '2' }]);
  t.not(ledger.stamp, stamp);
  ledger.refresh();
  t.match(ledger.quarantined, [{ digest: '1' }]);
  t.match(ledger.charge({ ...A, digest: '2', version: '2' }, charge(3)), { since: undefined });
  t.equal(ledger.release('a', undefined).length, 1, 'those that are quarantined');
});

t.test('begins anew where the file is damaged', async (t) => {
  const folder = t.testdir();
  for (const text of ['', '{', '[]', '{"suspects":1}', 'null']) {
    writeFileSync(join(folder, 'ledger.json'), text);
    const ledger = new Ledger(folder);
    t.strictSame([ledger.crashes, ledger.last, ledger.quarantined], [{}, undefined, []]);
    t.match(ledger.charge(A, charge(1)), { charges: [charge(1)] });
  }
});
