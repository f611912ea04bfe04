/** What requests ask of a store at the same time: how many calls it makes, and what becomes of them when the store fails. */
import t from 'tap';
import type { Keys } from '../../src/features/entities.ts';
import { StoreFault, type Columns } from '../../src/features/found.ts';
import { JoinedCalls } from '../../src/features/joined-calls.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';

const TIMEOUT_MS = 100;

/** The value of a key is ten times the key. */
const answerOf = (rows: readonly Keys[]): Columns =>
  new Map([['v:f', rows.map(([key]) => ({ value: Number(key) * 10, at: undefined }))]]);
const valuesIn = (columns: Columns): unknown[] =>
  columns.get('v:f')!.map((found) => (typeof found === 'string' ? found : found.value));
const keys = (...all: readonly number[]): Keys[] => all.map((key) => [key]);

type Answer = (rows: readonly Keys[], call: number) => Columns | Promise<Columns>;

function under(answer: Answer) {
  const clock = new FakeClock();
  const calls: (readonly Keys[])[] = [];
  const told: string[] = [];
  const joined = new JoinedCalls({
    ask: async (rows, signal) => {
      calls.push(rows);
      const gone = new Promise<never>((_, reject) =>
        signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
      return Promise.race([Promise.resolve().then(() => answer(rows, calls.length)), gone]);
    },
    timeoutMs: TIMEOUT_MS,
    maxRows: 5,
    clock,
    events: {
      called: (outcome, _ms, requests) => told.push(`${outcome} ${requests}`),
      opened: (reason) => told.push(`open: ${reason}`),
      closed: () => told.push('closed'),
    },
  });
  return { clock, calls, told, joined };
}

const never = (): Promise<Columns> => new Promise(() => undefined);
const down = (): never => {
  throw new StoreFault('down', 'nobody listens');
};
const codeOf = (asked: Promise<Columns>): Promise<string> =>
  asked.then(
    () => 'ok',
    (error: StoreFault) => error.kind,
  );
/** Long enough for a call and what follows it. */
const passed = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await settled();
};

t.test('requests of one turn go out in one call, with each key once, and get their own rows', async (t) => {
  const { joined, calls, told } = under(answerOf);
  const asked = [joined.columnsOf(keys(1, 2)), joined.columnsOf(keys(2)), joined.columnsOf(keys(3, 1))];
  const answers = await Promise.all(asked);
  t.strictSame(answers.map(valuesIn), [[10, 20], [20], [30, 10]]);
  t.strictSame(calls, [keys(1, 2, 3)]);
  t.strictSame(told, ['ok 3']);
});

t.test('what comes while two calls are out waits for one of them, and goes out together', async (t) => {
  const open: ((columns: Columns) => void)[] = [];
  const { joined, calls } = under(() => new Promise((resolve) => open.push(resolve)));
  const first = joined.columnsOf(keys(1));
  await passed();
  const second = joined.columnsOf(keys(2));
  await passed();
  const others = [joined.columnsOf(keys(3)), joined.columnsOf(keys(4))];
  await passed();
  t.equal(calls.length, 2);
  open[0]!(answerOf(keys(1)));
  await first;
  await passed();
  t.strictSame(calls[2], keys(3, 4));
  open[1]!(answerOf(keys(2)));
  open[2]!(answerOf(keys(3, 4)));
  t.strictSame((await Promise.all([second, ...others])).map(valuesIn), [[20], [30], [40]]);
});

t.test('a call joins no more rows than it may have', async (t) => {
  const { joined, calls } = under(answerOf);
  await Promise.all([1, 2, 3, 4, 5, 6].map((key) => joined.columnsOf(keys(key))));
  t.strictSame(
    calls.map(({ length }) => length),
    [5, 1],
  );
});

t.test('a store that does not answer is given up, and nothing stays behind', async (t) => {
  const { joined, clock, told } = under(never);
  const asked = codeOf(joined.columnsOf(keys(1)));
  await passed();
  await clock.pass(TIMEOUT_MS);
  t.equal(await asked, 'timeout');
  await passed();
  t.strictSame(told, ['timeout 1']);
  t.equal(clock.pending, 0);
});

t.test('a request that waits for its call is given up at its own time', async (t) => {
  const { joined, clock, calls } = under(never);
  void codeOf(joined.columnsOf(keys(1)));
  await passed();
  void codeOf(joined.columnsOf(keys(2)));
  await passed();
  await clock.pass(60);
  const late = codeOf(joined.columnsOf(keys(3)));
  await clock.pass(99);
  await passed();
  t.equal(calls.length, 3);
  await clock.pass(1);
  t.equal(await late, 'timeout');
});

t.test(
  'a joined call that is refused is made again for each, so that one does not spoil the others',
  async (t) => {
    const refusing: Answer = (rows) => {
      if (rows.some(([key]) => key === 2)) throw new StoreFault('refused', 'it has answered 500');
      return answerOf(rows);
    };
    const { joined, calls, told } = under(refusing);
    const codes = await Promise.all([1, 2, 3].map((key) => codeOf(joined.columnsOf(keys(key)))));
    t.strictSame(codes, ['ok', 'refused', 'ok']);
    t.strictSame(calls, [keys(1, 2, 3), keys(1), keys(2), keys(3)]);
    t.strictSame(told, ['refused 3', 'ok 1', 'refused 1', 'ok 1']);
  },
);

t.test('a store that fails five times is left alone, tried once, and used when it answers', async (t) => {
  let works = false;
  const { joined, clock, calls, told } = under((rows) => (works ? answerOf(rows) : down()));
  for (let time = 0; time < 5; time++) t.equal(await codeOf(joined.columnsOf(keys(time))), 'down');
  t.equal(await codeOf(joined.columnsOf(keys(9))), 'open');
  t.equal(calls.length, 5, 'it was not asked');
  t.equal(told.at(-1), 'open: nobody listens');
  clock.advance(1000);
  t.equal(await codeOf(joined.columnsOf(keys(9))), 'down', 'the trial');
  clock.advance(1999);
  t.equal(await codeOf(joined.columnsOf(keys(9))), 'open', 'the next wait is longer');
  works = true;
  clock.advance(1);
  t.equal(await codeOf(joined.columnsOf(keys(9))), 'ok');
  t.equal(await codeOf(joined.columnsOf(keys(9))), 'ok');
  t.equal(told.filter((line) => line.startsWith('open')).length, 1, 'it is said once');
  t.ok(told.includes('closed'));
  t.equal(clock.pending, 0);
});

t.test('a bug in a call is a fault of the store, not of the server', async (t) => {
  const { joined } = under(() => {
    throw new Error('socket hang up');
  });
  await t.rejects(joined.columnsOf(keys(1)), { name: 'StoreFault', kind: 'down', message: 'socket hang up' });
});
