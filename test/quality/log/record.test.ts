import t from 'tap';
import { MOST_INPUT_BYTES, inputsText } from '../../../src/quality/log/inputs.ts';
import { PredictionLog } from '../../../src/quality/log/prediction-log.ts';
import { factsText, readRecord, recordOf } from '../../../src/quality/log/record.ts';
import { answered, classes, done, failed, image, rows, scores, versionOf } from '../fixtures/answered.ts';
import { START } from '../fixtures/log.ts';

const inputsOf = (facts: Parameters<typeof answered>[0]): unknown =>
  (JSON.parse(`{"a":1${inputsText(answered(facts))}}`) as { inputs: unknown }).inputs;

t.test('a record has what was said of each image, in its place', async (t) => {
  const record = recordOf(
    answered({
      payloads: [image(1), image(2), image(3)],
      places: [0, 2, 3],
      outcomes: [done(classes(0.7, 0.2)), failed, done(classes(0.9))],
    }),
    START,
  );
  t.strictSame(record.items, [
    { index: 0, classes: [0, 1], probabilities: [0.7, 0.2] },
    { index: 3, classes: [0], probabilities: [0.9] },
  ]);
  t.match(record, { model: 'pets', version: '1', at: START, ofClasses: 3 });
});

t.test('rows of an output become classes, by softmax where the model wants it', async (t) => {
  const outcomes = [done(scores(1, 3, 2, 0, 0, 5)), done(scores(9, 0, 0))];
  const payloads = [rows(1, 2, 3, 4), rows(5, 6)];
  const { items } = recordOf(answered({ payloads, outcomes }), START);
  t.strictSame(
    items.map(({ index, classes: [best] }) => [index, best]),
    [
      [0, 1],
      [1, 2],
      [2, 0],
    ],
  );
  t.ok(Math.abs(items[0]!.probabilities[0]! - 0.6652) < 1e-3);
  const plain = recordOf(answered({ payloads, outcomes, version: versionOf({ softmax: false }) }), START);
  t.strictSame(plain.items[0]!.probabilities, [3, 2, 1]);
});

t.test('of a model without classes each row has a place', async (t) => {
  const version = versionOf({ classifies: false, labels: undefined });
  const facts = { version, payloads: [rows(1, 2, 3, 4)], outcomes: [done(scores(1, 2, 3, 4, 5, 6))] };
  const record = recordOf(answered(facts), START);
  t.equal(record.ofClasses, 0);
  t.strictSame(record.items, [
    { index: 0, classes: [], probabilities: [] },
    { index: 1, classes: [], probabilities: [] },
  ]);
});

t.test('no more is looked at than is quick', async (t) => {
  const many = Array.from({ length: 300 }, () => 1);
  const facts = { payloads: [rows(...many.slice(0, 200))], outcomes: [done(scores(...many))] };
  t.equal(recordOf(answered(facts), START).items.length, 64);
});

t.test('a record is read back as it was written; what is no number is null there', async (t) => {
  const record = recordOf(answered({ outcomes: [done(classes(0.123456789, NaN))], route: 'split' }), START);
  const head = `${factsText(record, { cached: true, ms: 1.23456, rows: 1 })}}`;
  t.match(JSON.parse(head), { cached: true, ms: 1.235, rows: 1, of_classes: 3 });
  const read = readRecord(head)!;
  t.strictSame(read.items[0]!.probabilities, [0.123457, NaN]);
  t.match(read, { route: 'split', caller: undefined, at: START });
});

t.test('inputs are what was sent, and are copied during the call', async (t) => {
  const photo = image(1, 2, 3);
  const text = inputsText(answered({ payloads: [photo] }));
  photo.bytes.fill(0);
  t.match(text, '"format":"png","data":"AQID"');
  t.match(inputsOf({ payloads: [rows(1, 2, 3, 4), rows(5, 6)] }), [
    { index: 0, tensors: [{ name: 'x', datatype: 'FP32', shape: [2, 2] }] },
    { index: 2, tensors: [{ shape: [1, 2] }] },
  ]);
  const large = { ...photo, bytes: new Uint8Array(MOST_INPUT_BYTES + 1) };
  t.equal(inputsOf({ payloads: [large] }), null, 'and left out where there are too many');
});

t.test('a share of the answers is logged, and none without a payload', async (t) => {
  const lines: string[] = [];
  const chances = [0.1, 0.3];
  const log = new PredictionLog({
    ...{ sample: 0.25, inputs: false, now: () => START, random: () => chances.shift()! },
    log: { add: (id, text) => lines.push(`${id} ${text}`) > 0 },
  });
  log.answered(answered({ requestId: 'a' }));
  log.answered(answered({ requestId: 'b' }));
  log.answered(answered({ payloads: [], outcomes: [] }));
  t.equal(lines.length, 1);
  t.match(lines[0], /^a \{"request_id":"a","at":"2026-12-01T00:00:00.000Z".*\}\n$/);
});
