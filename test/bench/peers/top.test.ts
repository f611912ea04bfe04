import t from 'tap';
import { topOf } from '../../../bench/peers/top.ts';

const CLASSES = [
  { class_id: 282, probability: 0.5 },
  { class_id: 281, probability: 0.25 },
];

t.test('the first class of a list, or of a list of lists, is the top one', (t) => {
  t.strictSame(topOf(JSON.stringify(CLASSES)), { classId: 282, probability: 0.5 });
  t.strictSame(topOf(JSON.stringify([CLASSES])), { classId: 282, probability: 0.5 });
  t.end();
});

t.test('the top class of tensors is their first element', (t) => {
  const outputs = [
    { name: 'probability', data: [0.5, 0.25] },
    { name: 'class_id', data: [282, 281] },
  ];
  t.strictSame(topOf(JSON.stringify({ outputs })), { classId: 282, probability: 0.5 });
  t.end();
});

t.test('any other answer has no top class', (t) => {
  const half = '{"outputs":[{"name":"probability","data":[0.5]}]}';
  for (const body of ['[]', '{}', '{"detail":"no"}', '{"outputs":[]}', half])
    t.equal(topOf(body), undefined, body);
  t.end();
});
