import t from 'tap';
import { misfitOf, parseReference, textOf } from '../../../src/repository/drift/reference.ts';
import type { Reference } from '../../../src/repository/drift/schema.ts';

const REFERENCE: Reference = {
  format: 'ortolan-drift-1',
  model: 'net',
  version: '2',
  digest: 'ab'.repeat(32),
  settings: { softmax: true, crop: 224 },
  made: '2026-12-01T09:30:00.000Z',
  from: 'images',
  rows: 200,
  window: 500,
  falseAlarmEvery: 1000,
  numbers: [{ feature: 'luminance', edges: [1, 2.5], counts: [50, 60, 80], missing: 10 }],
  classes: [{ feature: 'class', values: ['3', '7'], counts: [120, 60], other: 20 }],
};

/** A reference that may be changed. */
interface Changed {
  numbers: Record<string, unknown>[];
  classes: Record<string, unknown>[];
  [key: string]: unknown;
}

const changed = (change: (reference: Changed) => void): string => {
  const copy = structuredClone(REFERENCE) as unknown as Changed;
  change(copy);
  return JSON.stringify(copy);
};

t.test('what is written is read', async (t) => {
  t.strictSame(parseReference(textOf(REFERENCE), 'drift.json'), REFERENCE);
  t.ok(textOf(REFERENCE).split('\n').length < 25, 'a line for each feature');
});

t.test('every fault is named with its place', async (t) => {
  const parsed = (text: string) => () => parseReference(text, 'm/1/drift.json');
  for (const [fault, text] of [
    [/^m\/1\/drift.json is not valid JSON/, '{'],
    [/#.*object/, '7'],
    [/\/rows/, changed((one) => (one['rows'] = 199))],
    [/\/digest/, changed((one) => (one['digest'] = 'x'))],
    [/\/window/, changed((one) => (one['window'] = 0))],
    [/\/falseAlarmEvery/, changed((one) => (one['falseAlarmEvery'] = 1e9))],
    [/numbers\/0\/edges do not ascend/, changed((one) => (one.numbers[0]!['edges'] = [2, 2]))],
    [/numbers\/0 needs one count more/, changed((one) => (one.numbers[0]!['edges'] = [2]))],
    [/counts do not add up/, changed((one) => (one.numbers[0]!['missing'] = 11))],
    [/names a value twice/, changed((one) => (one.classes[0]!['values'] = ['3', '3']))],
    [/names a feature twice/, changed((one) => (one.classes[0]!['feature'] = 'luminance'))],
    [
      /has no feature/,
      changed((one) => {
        one.numbers = [];
        one.classes = [];
      }),
    ],
  ] as const) {
    t.throws(parsed(text), { name: 'ModelError', message: fault });
  }
});

t.test('a reference of other files, another version or other settings says so, and the remedy', async (t) => {
  const subject = {
    model: 'net',
    version: '2',
    digest: 'ab'.repeat(32),
    settings: { crop: 224, softmax: true },
  };
  t.equal(misfitOf(REFERENCE, subject), undefined);
  const other = 'cd'.repeat(32);
  for (const [change, says] of [
    [{ version: '3' }, /for net version 2, not for net version 3; make one/],
    [{ model: 'n' }, /for net version 2, not for n version 2/],
    [{ digest: other }, /digest sha256:abababababab…, and those that are served have sha256:cdcdcdcdcdcd…/],
    [{ settings: { crop: 256, softmax: true } }, /made with crop 224, and now that is 256/],
    [{ settings: { softmax: true } }, /made with crop 224, and now that is nothing/],
  ] as const) {
    t.match(misfitOf(REFERENCE, { ...subject, ...change }), says);
  }
});
