import t from 'tap';
import { readFeastAnswer } from '../../src/features/feast-answer.ts';

const EXPECTED = { features: ['driver:rate', 'driver:trips'], rows: 2 };
const AT = '2026-11-30T12:00:00Z';

/** As Feast 0.67 writes it: keys of entities first, then the features. */
const good = () => ({
  metadata: { feature_names: ['driver_id', 'driver__trips', 'driver__rate'] },
  results: [
    { values: [1, 2], statuses: ['PRESENT', 'PRESENT'], event_timestamps: [AT, AT] },
    { values: [7, null], statuses: ['PRESENT', 'NOT_FOUND'], event_timestamps: [AT, '1970-01-01T00:00:00Z'] },
    { values: [0.5, 0.25], statuses: ['PRESENT', 'OUTSIDE_MAX_AGE'], event_timestamps: [AT, AT] },
  ],
});
const read = (answer: unknown) => readFeastAnswer(Buffer.from(JSON.stringify(answer)), EXPECTED);

t.test('columns are found by their full names, in the order that was asked', async (t) => {
  const at = Date.parse(AT);
  t.strictSame(
    [...read(good())],
    [
      ['driver:rate', [{ value: 0.5, at }, 'stale']],
      ['driver:trips', [{ value: 7, at }, 'missing']],
    ],
  );
});

t.test('a status says why there is no value, whatever the value is', async (t) => {
  const answer = good();
  answer.results[2]!.statuses = ['NULL_VALUE', 'INVALID'];
  t.strictSame(read(answer).get('driver:rate'), ['missing', 'invalid']);
  answer.results[2]!.statuses = ['SOMETHING_NEW', 'PRESENT'];
  answer.results[2]!.values = [1, null];
  t.strictSame(read(answer).get('driver:rate'), ['invalid', 'missing']);
});

t.test('a time that is none leaves the age unknown', async (t) => {
  for (const time of ['1970-01-01T00:00:00Z', 'soon', 5, null, undefined, `${AT}${' '.repeat(100)}`]) {
    const answer = good();
    answer.results[2]!.event_timestamps = [time as string, AT];
    t.match(read(answer).get('driver:rate')![0], { value: 0.5, at: undefined });
  }
});

t.test('what is no such answer is garbled, and says in which way', async (t) => {
  const without = (member: string) => {
    const { [member as 'results']: _, ...rest } = good();
    return rest;
  };
  const changed = (change: (answer: ReturnType<typeof good>) => unknown) => {
    const answer = good();
    change(answer);
    return answer;
  };
  const cases: readonly [unknown, RegExp][] = [
    [[], /the answer is no object/],
    [null, /the answer is no object/],
    [without('metadata'), /metadata is no object/],
    [without('results'), /results is no list/],
    [changed((answer) => answer.results.pop()), /3 names, and 2 results/],
    [changed((answer) => (answer.metadata.feature_names[2] = 'other__rate')), /driver:rate is not in it/],
    [changed((answer) => answer.results[2]!.values.pop()), /values of driver:rate has 1 entries for 2 rows/],
    [changed((answer) => answer.results[1]!.statuses.push('PRESENT')), /statuses of driver:trips has 3/],
    [changed((answer) => (answer.results[1] = 5 as never)), /driver:trips is no object/],
  ];
  for (const [answer, message] of cases)
    t.throws(() => read(answer), { name: 'StoreFault', kind: 'garbled', message });
  t.throws(() => readFeastAnswer(Buffer.from('<html>'), EXPECTED), { message: /no JSON/ });
  t.throws(() => readFeastAnswer(Buffer.of(0xff), EXPECTED), { message: /no UTF-8/ });
});
