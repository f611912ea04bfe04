import t from 'tap';
import { bar, predictionLines } from '../../../src/cli/classify/predictions.ts';

const answer = {
  model: { name: 'net', version: '1' },
  predictions: [
    { class_id: 282, label: 'tiger cat', probability: 0.5 },
    { class_id: 7, probability: 0.1 },
  ],
};

t.test('prints a line a class, with its number where there is no label', (t) => {
  t.strictSame(predictionLines('cat.jpg', answer, { colour: false, unicode: false }), [
    'cat.jpg  (net, version 1)',
    '  tiger cat   50.0 %  ############',
    '  class 7     10.0 %  ##',
  ]);
  t.end();
});

t.test('draws eighths of a cell where the terminal supports them', (t) => {
  t.equal(bar(0.5, true), '█'.repeat(12));
  t.equal(bar(0.02, true), '▌');
  t.equal(bar(1, true), '█'.repeat(24));
  t.end();
});

t.test('never draws more than a whole bar', (t) => {
  t.equal(bar(1.01, false).length, 24);
  t.equal(bar(-1, false), '');
  t.end();
});

t.test('colours only when colour is enabled', (t) => {
  const coloured = predictionLines('cat.jpg', answer, { colour: true, unicode: true }).join('');
  t.match(coloured, '\u001b[36m');
  t.notMatch(predictionLines('cat.jpg', answer, { colour: false, unicode: true }).join(''), '\u001b');
  t.end();
});

t.test('removes escape sequences from labels', (t) => {
  const evil = { ...answer, predictions: [{ class_id: 1, label: '\u001b[2Jcat', probability: 1 }] };
  t.notMatch(predictionLines('x', evil, { colour: false, unicode: false }).join(''), '\u001b');
  t.end();
});
