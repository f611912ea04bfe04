import t from 'tap';
import { segmentName, segmentNameOf, tableFileOf } from '../../../src/quality/log/segment-name.ts';

const AT = Date.UTC(2026, 11, 1, 11, 43, 12, 345);

t.test('a name says what is in the file, and when it was begun', async (t) => {
  const name = segmentName('predictions', AT, '0badcafe');
  t.equal(name.file, 'predictions-20261201T114312345Z-0badcafe.jsonl');
  t.strictSame(segmentNameOf(name.file), name);
  t.equal(tableFileOf(name.file), 'predictions-20261201T114312345Z-0badcafe.idx');
});

t.test('other files of a folder are none of a log', async (t) => {
  for (const file of [
    'predictions.jsonl',
    'predictions-20261201T114312345Z-0badcafe.idx',
    'predictions-20261301T114312345Z-0badcafe.jsonl',
    'audit-20261201T114312345Z-0badcafe.jsonl',
    '../predictions-20261201T114312345Z-0badcafe.jsonl',
    'predictions-20261201T114312345Z-0badcafe.jsonl~',
  ]) {
    t.equal(segmentNameOf(file), undefined, file);
  }
});
