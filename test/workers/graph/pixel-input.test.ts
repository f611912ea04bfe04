import t from 'tap';
import { readGraph } from '../../../src/onnx/graph.ts';
import { withoutPixelInput } from '../../../workers/graph/pixel-input.ts';
import { rewritten } from '../../../workers/graph/rewritten.ts';
import { FLOAT, floats, UINT8, writeModel, type Node, type Tensor } from '../../../tools/onnx/model.ts';
import { CAST, node, pixelModel, PLANES, usualConstants, usualHead } from '../../support/pixel-models.ts';

const found = (
  head: readonly Node[],
  constants: readonly Tensor[] = [],
  shape?: readonly (number | string)[],
) => {
  const result = withoutPixelInput(readGraph(pixelModel(head, constants, shape).file));
  return result && { ...result, graph: readGraph(result.bytes) };
};

t.test('the usual head becomes steps, and its nodes and constants are gone', async (t) => {
  const { pixels, graph } = found(usualHead, usualConstants)!;
  const { fround } = Math;
  t.strictSame(pixels, {
    name: 'image',
    from: 'NHWC',
    to: 'NCHW',
    steps: [
      { op: 'Sub', by: [123.675, 116.28, 103.53].map(fround) },
      { op: 'Div', by: [58.395, 57.12, 57.375].map(fround) },
    ],
  });
  t.strictSame(
    graph.nodes.map(({ op, inputs }) => [op, inputs]),
    [
      ['Flatten', ['image']],
      ['MatMul', ['row', 'w']],
    ],
  );
  t.strictSame([...graph.constants.keys()], ['w']);
  t.match(graph.inputs, [{ name: 'image', type: FLOAT, shape: ['N', 3, 9, 9] }]);
});

t.test('the order of cast and transposition does not matter, and channels may stay last', async (t) => {
  const late = [node('Cast', ['image'], 'f', CAST), node('Transpose', ['f'], 'pixels', PLANES)];
  t.match(found(late)?.pixels, { from: 'NHWC', to: 'NCHW', steps: [] });
  const interleaved = [node('Cast', ['image'], 'f', CAST), node('Mul', ['s', 'f'], 'pixels')];
  t.strictSame(found(interleaved, [floats('s', [3], [1, 2, 3])])?.pixels, {
    name: 'image',
    from: 'NHWC',
    to: 'NHWC',
    steps: [{ op: 'Mul', by: [1, 2, 3], reversed: true }],
  });
  const planes = [node('Cast', ['image'], 'pixels', CAST)];
  t.match(found(planes, [], ['N', 3, 9, 9])?.pixels, { from: 'NCHW', to: 'NCHW' });
});

t.test('a constant of one number is for all channels, and may come from a node', async (t) => {
  const maker = node('Constant', [], 'one', { value: floats('', [], [0.5]) });
  const head = [maker, node('Cast', ['image'], 'f', CAST), node('Add', ['f', 'one'], 'pixels')];
  t.strictSame(found(head)?.pixels.steps, [{ op: 'Add', by: [0.5, 0.5, 0.5] }]);
});

t.test('the head ends where something else begins', async (t) => {
  const cast = node('Cast', ['image'], 'f', CAST);
  const ends: readonly (readonly [string, Node, readonly Tensor[]])[] = [
    ['another operator', node('Relu', ['f'], 'pixels'), []],
    [
      'a constant for each pixel',
      node('Sub', ['f', 'c'], 'pixels'),
      [floats('c', [9, 9, 3], Array(243).fill(1))],
    ],
    [
      'three numbers along another axis',
      node('Sub', ['f', 'c'], 'pixels'),
      [floats('c', [3, 1, 1], [1, 2, 3])],
    ],
    ['another transposition', node('Transpose', ['f'], 'pixels', { perm: [0, 2, 1, 3] }), []],
    ['the same twice', node('Mul', ['f', 'f'], 'pixels'), []],
  ];
  for (const [what, end, constants] of ends) {
    const { pixels, graph } = found([cast, end], constants)!;
    t.strictSame(pixels.steps, [], what);
    t.equal(graph.nodes[0]!.op, end.op, what);
    t.equal(graph.nodes[0]!.inputs.includes('image'), true, what);
  }
});

t.test('what is read twice is where the head ends', async (t) => {
  const { graph } = found(
    [node('Cast', ['image'], 'f', CAST), node('Relu', ['f'], 'r'), node('Add', ['f', 'r'], 'pixels')],
    [],
  )!;
  t.strictSame(
    graph.nodes.slice(0, 2).map(({ inputs }) => inputs),
    [['image'], ['image', 'r']],
  );
});

t.test('graphs that it is not made for stay as they are', async (t) => {
  const cast = [node('Cast', ['image'], 'pixels', CAST)];
  t.equal(
    found([node('Transpose', ['image'], 't', PLANES), node('Cast', ['t'], 'pixels', { to: 10 })]),
    undefined,
  );
  t.equal(found(cast, [], ['N', 3, 9, 3]), undefined, 'either axis may have the channels');
  t.equal(found(cast, [], ['N', 9, 9, 4]), undefined);
  t.equal(found(cast, [], ['N', 243]), undefined);
  const zero = [node('Cast', ['image'], 'f', CAST), node('Div', ['f', 'z'], 'pixels')];
  t.equal(found(zero, [floats('z', [1], [0])]), undefined, 'a byte has no finite value');
});

t.test('a head whose end is an output stays', async (t) => {
  const file = writeModel({
    inputs: [{ name: 'image', type: UINT8, shape: ['N', 9, 9, 3] }],
    outputs: [{ name: 'y', type: FLOAT, shape: ['N', 9, 9, 3] }],
    nodes: [node('Cast', ['image'], 'y', CAST)],
  });
  t.equal(rewritten(file), undefined);
});

t.test('several inputs, control flow and constants that callers may replace stay', async (t) => {
  const image = { name: 'image', type: UINT8, shape: ['N', 9, 9, 3] };
  const y = { name: 'y', type: FLOAT, shape: ['N', 9, 9, 3] };
  const nodes = [
    node('Cast', ['image'], 'f', CAST),
    node('Sub', ['f', 'mean'], 'x'),
    node('Relu', ['x'], 'y'),
  ];
  const mean = floats('mean', [1], [3]);
  const model = (more: Partial<Parameters<typeof writeModel>[0]>): Buffer =>
    writeModel({ inputs: [image], outputs: [y], nodes, constants: [mean], ...more });
  t.match(rewritten(model({})), { applied: ['pixel-input'], pixels: { steps: [{ op: 'Sub' }] } });
  const other = { name: 'other', type: FLOAT, shape: ['N'] };
  t.equal(rewritten(model({ inputs: [image, other] })), undefined);
  const value = { name: 'mean', type: FLOAT, shape: [1] };
  t.strictSame(rewritten(model({ inputs: [image, value] }))?.pixels.steps, []);
  const branch = { inputs: [], outputs: [y], nodes: [node('Relu', ['x'], 'y')] };
  const flow = node('If', ['yes'], 'y', { then_branch: branch, else_branch: branch });
  t.equal(rewritten(model({ nodes: [...nodes.slice(0, 2), flow] })), undefined);
});
