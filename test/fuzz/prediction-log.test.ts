/** Lines, tables and bodies of any content: what the log and the feedback read is theirs, or is left out, and nothing is thrown but refusals. */
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { readFeedback } from '../../src/protocol/v1/feedback/body.ts';
import { entryText, readEntry } from '../../src/quality/feedback/entry.ts';
import { keyOf } from '../../src/quality/log/key.ts';
import { KeyFile, KeyTable } from '../../src/quality/log/key-table.ts';
import { headIn, idIn, scanLines } from '../../src/quality/log/lines.ts';
import { factsText, readRecord, type PredictionRecord } from '../../src/quality/log/record.ts';
import { segmentNameOf } from '../../src/quality/log/segment-name.ts';
import { runs } from './runs.ts';

const RECORD: PredictionRecord = {
  ...{
    requestId: 'r-1',
    at: 1.8e12,
    model: 'm',
    version: '1',
    route: 'split',
    caller: 'key:a',
    ofClasses: 3,
  },
  items: [{ index: 0, classes: [1, 0], probabilities: [0.5, 0.25] }],
};
const LINE = `${factsText(RECORD, { cached: false, ms: 1, rows: 1 })}}`;
const ENTRY = entryText({
  ...{
    requestId: 'r-1',
    at: 1.8e12,
    answeredAt: 1.8e12,
    index: 0,
    model: 'm',
    version: '1',
    route: undefined,
  },
  ...{ by: 'key:a', predicted: { classId: 1, probability: 0.5 }, label: 'cat', more: false },
  ...{ correct: false, classId: 0 },
}).trimEnd();

const id = fc.stringMatching(/^[\w.-]{1,64}$/);
/** One of the members of an object of JSON replaced by any value. */
const mutated = (text: string): fc.Arbitrary<string> => {
  const value = JSON.parse(text) as Record<string, unknown>;
  return fc
    .tuple(fc.constantFrom(...Object.keys(value)), fc.jsonValue({ maxDepth: 3 }))
    .map(([key, other]) => JSON.stringify({ ...value, [key]: other }));
};

t.test('what is written is read back, and lines with any member replaced are read or left out', async (t) => {
  t.match(readRecord(LINE), RECORD);
  t.match(readEntry(ENTRY), { classId: 0, label: 'cat' });
  fc.assert(
    fc.property(fc.oneof(mutated(LINE), mutated(ENTRY), fc.string(), fc.json()), (text) => {
      const record = readRecord(text);
      if (record !== undefined)
        for (const { classes, probabilities } of record.items) {
          if (classes.length !== probabilities.length) return false;
        }
      const entry = readEntry(text);
      return entry === undefined || (entry.correct === undefined) !== (entry.score === undefined);
    }),
    { numRuns: runs(2000) },
  );
});

t.test('facts end where inputs begin, whatever is in their texts', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.base64String(), (caller, data) => {
      const facts = factsText({ ...RECORD, caller }, { cached: true, ms: 0, rows: 1 });
      const head = headIn(`${facts},"inputs":[{"data":"${data}"}]}\n`);
      return readRecord(head!)?.caller === caller;
    }),
    { numRuns: runs(500) },
  );
});

t.test(
  'files of any bytes are scanned to their end, and tables of any bytes say nothing wrong',
  async (t) => {
    const path = join(t.testdir(), 'any');
    const bytes = fc.array(
      fc.oneof(
        id.map((one) => `{"request_id":"${one}"}\n`),
        fc.string(),
        fc.constant('\n'),
      ),
      { maxLength: 50 },
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (parts) => {
        const text = Buffer.from(parts.join(''));
        await writeFile(path, text);
        const file = await open(path);
        try {
          const places: number[] = [];
          const end = await scanLines(file, 0, text.length, (found, at) => {
            places.push(at);
            if (idIn(text.toString('latin1', at)) !== found) throw new Error('another id');
          });
          return end <= text.length && places.every((at) => at < end);
        } finally {
          await file.close();
        }
      }),
      { numRuns: runs(200, 10) },
    );
    const whole = new KeyTable();
    for (let i = 0; i < 100; i++) whole.add(keyOf(`r-${i}`, ''), i);
    const encoded = whole.encode(10);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: encoded.length - 1 }), fc.nat({ max: 255 }), async (at, byte) => {
        const damaged = Uint8Array.from(encoded);
        damaged[at] = byte;
        await writeFile(path, damaged);
        const table = await KeyFile.read(() => open(path), 10);
        // It ends, whatever it finds: the lines themselves say which id they have.
        await table?.find(keyOf('r-1', ''));
        await table?.find(keyOf('absent', ''));
      }),
      { numRuns: runs(200, 10) },
    );
  },
);

t.test('names of files and bodies of any content are taken or refused', async () => {
  fc.assert(
    fc.property(fc.string(), (text) => segmentNameOf(text) === undefined || text.endsWith('.jsonl')),
    { numRuns: runs(500) },
  );
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    mutated('{"request_id":"a","index":0,"label":"x"}'),
    mutated('{"request_id":"a","score":1}'),
  );
  fc.assert(
    fc.property(body, (text) => {
      try {
        const { requestId, label, classId, correct, score } = readFeedback(Buffer.from(text));
        return (
          requestId !== '' && [label, classId, correct, score].filter((one) => one !== undefined).length === 1
        );
      } catch (error) {
        return error instanceof ServingError;
      }
    }),
    { numRuns: runs(2000) },
  );
});
