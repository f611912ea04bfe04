/** Comparison, limits and verdict together: from answers to a report. */
import t from 'tap';
import { compare, NONE, type Answer } from '../../src/gate/comparison.ts';
import { reportOf, type Judged } from '../../src/gate/gate.ts';
import { limitsOf, type AskedLimits } from '../../src/gate/limits.ts';
import { refusals, unattainable } from '../../src/gate/verdict.ts';
import { parseReport } from '../../src/repository/report.ts';

/** `n` answers of a class: right, and then as many that differ. */
const answers = (label: number | undefined, n: number, wrong = 0, won = 0): Answer[] =>
  Array.from({ length: n }, (_, index) => ({
    label,
    champion: index >= n - won ? 99 : (label ?? 1),
    challenger: index < wrong ? 98 : (label ?? 1),
  }));

const side = { name: 'net', version: '1', sha256: 'a'.repeat(64), bytes: 1000, msPerRow: 2 };
const judged = (given: readonly Answer[], asked: AskedLimits = {}, more: Partial<Judged> = {}): Judged => ({
  answers: given,
  champion: side,
  challenger: { ...side, version: '2', bytes: 250, msPerRow: 1 },
  asked,
  examples: { kind: 'rows', sha256: 'b'.repeat(64) },
  machine: { processor: 'a processor', architecture: 'x64' },
  madeAt: '2026-01-02T03:04:05.000Z',
  ...more,
});
const refused = (given: readonly Answer[], asked: AskedLimits = {}): readonly string[] =>
  reportOf(judged(given, asked)).gate.refusals;

t.test('answers are counted overall and by the right class', (t) => {
  const { n, accuracy, agreement, classes, failed } = compare([
    ...answers(3, 10, 2),
    ...answers(5, 5, 0, 1),
    { label: 5, champion: 5, challenger: NONE },
  ]);
  t.equal(n, 16);
  t.equal(failed, 1);
  t.equal(accuracy?.champion.hits, 15);
  t.equal(accuracy?.challenger.hits, 13);
  t.equal(agreement.hits, 12);
  t.same(
    classes.map(({ classId, accuracy: own }) => [classId, own?.champion.hits, own?.challenger.hits]),
    [
      [3, 10, 8],
      [5, 5, 5],
    ],
  );
  t.end();
});

t.test('without labels they are counted by the class of the champion, and with some labels too', (t) => {
  for (const label of [undefined, 1]) {
    const { accuracy, classes } = compare([
      ...answers(undefined, 4, 1),
      { label, champion: 2, challenger: 2 },
    ]);
    t.equal(accuracy, undefined);
    t.same(
      classes.map(({ classId, agreement }) => [classId, agreement.hits, agreement.n]),
      [
        [1, 3, 4],
        [2, 1, 1],
      ],
    );
  }
  t.end();
});

t.test('two answers that are none do not agree with anything', (t) => {
  t.equal(compare([{ champion: 0, challenger: NONE }]).agreement.hits, 0);
  t.end();
});

t.test('accuracy decides where labels are known, agreement where they are not, and both when asked', (t) => {
  t.same(limitsOf({}, true), { maxDrop: 0.02, maxClassDrop: 0.1 });
  t.same(limitsOf({}, false), { minAgreement: 0.95, maxClassDrop: 0.1 });
  t.same(limitsOf({ minAgreement: 0.9, minAccuracy: 0.8 }, true), {
    minAgreement: 0.9,
    minAccuracy: 0.8,
    maxDrop: 0.02,
    maxClassDrop: 0.1,
  });
  t.end();
});

t.test('what answers as before passes, and the report says so', (t) => {
  const report = reportOf(judged(answers(1, 300), {}, { labels: ['zero', 'one'] }));
  t.equal(report.gate.passed, true);
  t.same(report.gate.refusals, []);
  t.equal(report.gate.classes[0]?.label, 'one');
  t.same(parseReport(JSON.stringify(report)), report, 'it is read as it was written');
  t.end();
});

t.test('bounds decide: the same share passes with many examples, and not with few', (t) => {
  t.same(refused(answers(undefined, 1000, 20)), []);
  t.match(refused(answers(undefined, 50, 1)), [
    /in 98 % \(49 of 50\), which shows 89\.5 % at least; asked for are 95 %, which takes 73 examples or more\./,
  ]);
  t.match(refused(answers(undefined, 100, 2)), [/which more examples may show/]);
  t.match(refused(answers(undefined, 1000, 100)), [/in 90 % .*; asked for are 95 %\.$/]);
  t.end();
});

t.test('a drop that is not shown to be small is refused, and a gain is none', (t) => {
  t.match(refused([...answers(1, 200, 0), ...answers(2, 200, 20)]), [/The accuracy goes from 100 % to 95 %/]);
  t.same(refused([...answers(1, 300, 0, 10), ...answers(2, 300, 0, 3)]), []);
  t.end();
});

t.test('a class that is shown to be lost is refused by name, however good the rest is', (t) => {
  const lost = [...answers(0, 2000), ...answers(1, 30, 30)];
  const report = reportOf(judged(lost, { maxDrop: 0.1 }, { labels: ['cat', 'dog'] }));
  t.match(report.gate.refusals, [/More than 10 % are lost of the class dog \(30 right of 30, then 0\)\./]);
  t.same(
    refused([...answers(0, 2000), ...answers(1, 3, 1)], { maxDrop: 0.1 }),
    [],
    'one of three shows nothing',
  );
  const ten = Array.from({ length: 10 }, (_, label) => answers(label, 200)).flat();
  t.same(
    refused([...ten, ...answers(10, 2, 2)], { maxDrop: 0.1 }),
    [],
    'nor do two of two, among so many classes',
  );
  t.match(
    refused([
      ...answers(undefined, 2000),
      ...answers(undefined, 30, 30).map((one) => ({ ...one, champion: 7 })),
    ]),
    [/the class 7 \(0 of 30 alike\)/],
  );
  t.end();
});

t.test('a least accuracy without labels cannot be met', (t) => {
  t.match(refused(answers(undefined, 500), { minAccuracy: 0.5 }), [/the right answers are not known/]);
  t.match(refused(answers(1, 500, 100), { minAccuracy: 0.9, maxDrop: 1, maxClassDrop: 1 }), [
    /The accuracy is 80 % \(400 of 500\), which shows 76\.27 % at least; asked for is 90 %\./,
  ]);
  t.end();
});

t.test('what is neither smaller nor faster is refused where that is asked for', (t) => {
  const comparison = compare(answers(1, 10));
  const cost = (bytes: number, msPerRow?: number) => ({ bytes, msPerRow });
  const of = (bytes: number, msPerRow?: number, smallerOrFaster = true) =>
    refusals(comparison, { smallerOrFaster }, { champion: cost(100, 1), challenger: cost(bytes, msPerRow) });
  t.match(of(100, 1.5), [/neither smaller \(100 bytes, not 100\) nor faster \(1\.50 ms a row, not 1\.00\)/]);
  t.same(of(99, 1.5), []);
  t.same(of(200, 0.5), []);
  t.same(of(200, 1.5, false), []);
  t.end();
});

t.test('too few examples are known for that before anything is measured', (t) => {
  t.match(unattainable(72, { minAgreement: 0.95 }), /72 held-out examples.*73 are needed/);
  t.equal(unattainable(73, { minAgreement: 0.95 }), undefined);
  t.match(unattainable(100, { maxDrop: 0.02 }), /189 are needed/);
  t.match(unattainable(1e9, { minAccuracy: 1 }), /No number of examples/);
  t.end();
});
