import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { changed } from '../../src/onnx/graph-change.ts';
import { floatsOf, hasExternalData, numberIn, numbersIn, readGraph } from '../../src/onnx/graph.ts';
import { externalModel } from '../support/external-model.ts';
import { pixelModel } from '../support/pixel-models.ts';

const BOX = join(import.meta.dirname, '../../models/efficientnet-lite0');
const NOTHING = { without: new Set<never>(), renamed: new Map(), inputs: new Map() };

t.test('nodes, constants, inputs and outputs are found', async (t) => {
  const graph = readGraph(pixelModel().file);
  t.strictSame(graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]).slice(0, 3), [
    ['Transpose', ['image'], ['planes']],
    ['Cast', ['planes'], ['floats']],
    ['Sub', ['floats', 'mean'], ['centred']],
  ]);
  t.strictSame(numbersIn(graph, graph.nodes[0]!, 'perm'), [0, 3, 1, 2]);
  t.equal(numberIn(graph.nodes[1]!, 'to'), 1);
  t.equal(numberIn(graph.nodes[1]!, 'from'), undefined);
  t.strictSame(floatsOf(graph, 'mean')?.shape, [1, 3, 1, 1]);
  t.strictSame([...floatsOf(graph, 'mean')!.values], [123.675, 116.28, 103.53].map(Math.fround));
  t.equal(floatsOf(graph, 'nowhere'), undefined);
  t.match(graph, { opset: 17, nested: false, outputs: ['y'], inputs: [{ name: 'image', type: 2 }] });
});

t.test('a copy without a change has the same bytes, also of files that other programs wrote', async (t) => {
  for (const file of [
    pixelModel().file,
    ...['1', '2'].map((one) => readFileSync(join(BOX, one, 'model.onnx'))),
  ]) {
    t.ok(changed(readGraph(file), NOTHING).equals(file));
  }
});

t.test('weights in other files are seen', async (t) => {
  t.equal(hasExternalData({ bytes: externalModel('w.bin') }), true);
  t.equal(hasExternalData(readGraph(pixelModel().file)), false);
});

t.test('what is no model with one graph is refused', async (t) => {
  const { file } = pixelModel();
  t.throws(() => readGraph(Buffer.from('hello')), { name: 'ExternalDataError' });
  t.throws(() => readGraph(Buffer.alloc(0)), /0 graphs/);
  t.throws(() => readGraph(Buffer.concat([file, file])), /2 graphs/);
});
