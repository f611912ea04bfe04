/** Labelled inputs out of the log of predictions. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inputsOf, labelsOf, lineIn, type Labelled } from '../../../src/pipeline/data/labelled.ts';
import { rowOf } from '../../../src/pipeline/data/row.ts';
import { collect } from '../../../src/pipeline/steps/collect.ts';
import type { Context } from '../../../src/pipeline/context.ts';
import type { Run } from '../../../src/pipeline/journal/progress.ts';

const AT = '2026-12-01T10:00:00.000Z';
const prediction = (id: string, inputs: unknown, more: object = {}): string =>
  `${JSON.stringify({ request_id: id, at: AT, model: 'net', version: '1', rows: 1, of_classes: 3, items: [], ...more, inputs })}\n`;
const said = (id: string, classId: number, more: object = {}): string =>
  `${JSON.stringify({ request_id: id, at: AT, answered_at: AT, index: 0, model: 'net', version: '1', correct: false, class_id: classId, ...more })}\n`;
const image = (text: string) => [{ index: 0, format: 'png', data: Buffer.from(text).toString('base64') }];

const logOf = (t: Test, predictions: string, feedback: string): string =>
  t.testdir({
    'predictions-20261201T100000000Z-0badcafe.jsonl': predictions,
    'feedback-20261201T100000000Z-0badcafe.jsonl': feedback,
    'notes.txt': 'not ours',
  });

async function labelled(folder: string, by?: readonly string[], most = 100): Promise<Labelled[]> {
  const labels = await labelsOf({ folder, model: 'net', by, most });
  const found: Labelled[] = [];
  for await (const one of inputsOf(folder, labels)) found.push(one);
  return found;
}

t.test('an input gets the class that was said of it', async (t) => {
  const folder = logOf(t, prediction('a', image('A')) + prediction('b', image('B')), said('b', 2));
  t.match(await labelled(folder), [{ label: { requestId: 'b', classId: 2 }, input: { format: 'png' } }]);
});

t.test('what says no class, or is of another model, labels nothing', async (t) => {
  const feedback =
    said('a', 1, { class_id: undefined }) +
    said('a', 1, { model: 'other' }) +
    said('a', 1, { correct: undefined, score: 0.5, class_id: undefined });
  t.strictSame(await labelled(logOf(t, prediction('a', image('A')), feedback)), []);
});

t.test('an id that a client has used again is labelled where the label was given', async (t) => {
  const later = '2026-12-01T11:00:00.000Z';
  const predictions = prediction('a', image('first')) + prediction('a', image('second'), { at: later });
  const found = await labelled(logOf(t, predictions, said('a', 2, { answered_at: later })));
  t.equal(found.length, 1);
  t.equal(Buffer.from((found[0]!.input as { data: string }).data, 'base64').toString(), 'second');
});

t.test('only those who are named are listened to', async (t) => {
  const feedback = said('a', 1, { by: 'key:labellers' }) + said('b', 2, { by: 'key:anyone' }) + said('c', 0);
  const predictions = ['a', 'b', 'c'].map((id) => prediction(id, image(id))).join('');
  const found = await labelled(logOf(t, predictions, feedback), ['key:labellers']);
  t.strictSame(
    found.map(({ label }) => label.requestId),
    ['a'],
  );
});

t.test('the newest labels are taken when there are too many', async (t) => {
  const feedback = ['a', 'b', 'c']
    .map((id, i) => said(id, 1, { at: `2026-12-01T10:00:0${i}.000Z` }))
    .join('');
  const predictions = ['a', 'b', 'c'].map((id) => prediction(id, image(id))).join('');
  const found = await labelled(logOf(t, predictions, feedback), undefined, 2);
  t.strictSame(
    found.map(({ label }) => label.requestId),
    ['b', 'c'],
  );
});

t.test('lines that are cut off, foreign or without inputs are passed over', async (t) => {
  const predictions = `hello\n${prediction('a', null)}${prediction('b', [{ index: 'x' }])}${prediction('c', image('C'))}{"request_id":"d"`;
  const feedback = ['a', 'b', 'c', 'd'].map((id) => said(id, 1)).join('');
  t.strictSame(
    (await labelled(logOf(t, predictions, feedback))).map(({ label }) => label.requestId),
    ['c'],
  );
  for (const text of ['', '[]', 'null', '{"request_id":"a","at":"never","inputs":[]}'])
    t.equal(lineIn(text), undefined);
});

const tensor = (rows: readonly number[][]) => ({
  name: 'x',
  datatype: 'FP32',
  shape: [rows.length, rows[0]!.length],
  data: Buffer.from(new Float32Array(rows.flat()).buffer).toString('base64'),
});

t.test('one row is taken out of a request of several', async (t) => {
  const [row] = rowOf(
    [
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ],
    1,
  )!;
  t.strictSame(row, { ...tensor([[3, 4]]), shape: [2] });
  t.equal(rowOf([tensor([[1, 2]])], 1), undefined);
  t.equal(rowOf([{ ...tensor([[1, 2]]), shape: [1, 3], data: 'AAAAAA==' }], 0)?.[0]?.data, 'AAAAAA==');
});

t.test('a trainer gets a line for each, and photographs beside it', async (t) => {
  const folder = logOf(
    t,
    prediction('p', image('PNG')) +
      prediction('r', [
        {
          index: 0,
          tensors: [
            tensor([
              [1, 2],
              [3, 4],
            ]),
          ],
        },
      ]),
    said('p', 1, { label: 'cat' }) + said('r', 2, { index: 1 }),
  );
  const settings = {
    data: { log: folder, by: undefined, minExamples: 0, maxExamples: 10 },
    model: 'net',
    state: folder,
  };
  const facts = await collect({ id: 'run', candidate: undefined } as Run, { settings } as unknown as Context);
  t.strictSame(facts, { examples: 2, enough: true });
  const data = join(folder, 'runs/run/data');
  const [first, second] = readFileSync(join(data, 'train.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.match(first, { request_id: 'p', class_id: 1, label: 'cat', image: 'images/1-p-0.png' });
  t.equal(readFileSync(join(data, String(first!['image'])), 'utf8'), 'PNG');
  t.match(second, { request_id: 'r', index: 1, class_id: 2, tensors: [{ shape: [2], datatype: 'FP32' }] });
});

t.test('labels without any input say what to turn on', async (t) => {
  const folder = logOf(t, prediction('a', null), said('a', 1));
  const settings = {
    data: { log: folder, by: undefined, minExamples: 0, maxExamples: 10 },
    model: 'net',
    state: folder,
  };
  await t.rejects(
    collect({ id: 'run' } as Run, { settings } as unknown as Context),
    /--prediction-log-inputs on/,
  );
  await t.rejects(
    labelsOf({ folder: join(folder, 'none'), model: 'net', by: undefined, most: 1 }),
    /cannot be read \(ENOENT\)/,
  );
});
