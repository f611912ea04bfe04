import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { externalFiles, ExternalDataError } from '../../src/onnx/external-data.ts';
import { bytes, integer, message, text, varint } from '../../tools/onnx/model.ts';
import { affine } from '../support/tiny-models.ts';

function modelOf(t: Pick<Test, 'testdir'>, ...parts: readonly Buffer[]): string {
  const file = join(t.testdir(), 'model.onnx');
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** Field `field` with a tensor whose weights lie in the file at `location`; what else a tensor has stands around it. */
const tensor = (field: number, location: string): Buffer =>
  message(
    field,
    integer(1, 1000),
    integer(2, 1),
    text(8, 'w'),
    message(13, text(1, 'offset'), text(2, '4096')),
    message(13, text(1, 'location'), text(2, location)),
    integer(14, 1),
  );

/** Numbers are those of onnx.proto. */
const graph = (...parts: readonly Buffer[]): Buffer => message(7, ...parts);
const attribute = (...parts: readonly Buffer[]): Buffer =>
  message(5, text(1, 'name'), integer(20, 1), ...parts);
const node = (...parts: readonly Buffer[]): Buffer =>
  message(1, text(1, 'x'), text(4, 'If'), attribute(...parts));

const PLACES: Readonly<Record<string, Buffer>> = {
  'an initializer': graph(tensor(5, 'a')),
  'the values of a sparse initializer': graph(message(15, tensor(1, 'a'))),
  'the indices of a sparse initializer': graph(message(15, tensor(2, 'a'))),
  'a constant': graph(node(tensor(5, 'a'))),
  'a list of constants': graph(node(tensor(10, 'a'))),
  'a sparse constant': graph(node(message(22, tensor(1, 'a')))),
  'a list of sparse constants': graph(node(message(23, tensor(1, 'a')))),
  'the branch of a node': graph(node(message(6, tensor(5, 'a')))),
  'a list of graphs': graph(node(message(11, tensor(5, 'a')))),
  'a constant in a branch of a branch': graph(node(message(6, node(message(6, node(tensor(5, 'a'))))))),
  'a function': message(25, message(7, attribute(tensor(5, 'a')))),
  'the default of a function’s attribute': message(25, message(11, tensor(5, 'a'))),
  'the initialization of a training': message(20, message(1, tensor(5, 'a'))),
  'the algorithm of a training': message(20, message(2, tensor(5, 'a'))),
};
for (const [place, model] of Object.entries(PLACES)) {
  t.test(`a file that is named in ${place} is found`, async (t) => {
    const file = modelOf(t, integer(1, 8), text(2, 'exporter'), model, graph(), message(8, integer(2, 17)));
    t.strictSame(externalFiles(file), [join(file, '../a')]);
  });
}

t.test('each file is there once, in order, also in folders below', async (t) => {
  const file = modelOf(t, graph(...['b', 'a', 'b', './a', 'sub/c'].map((name) => tensor(5, name))));
  t.strictSame(
    externalFiles(file).map((path) => path.slice(file.length - basename(file).length)),
    ['a', 'b', 'sub/c'],
  );
});

t.test('a model with its weights inside names none', async (t) => {
  t.strictSame(externalFiles(modelOf(t, affine().file)), []);
});

t.test('a location of a tensor whose weights are in the model is no file', async (t) => {
  const kept = message(5, message(13, text(1, 'location'), text(2, 'old')), integer(14, 0));
  const unsaid = message(5, message(13, text(1, 'location'), text(2, 'older')));
  t.strictSame(externalFiles(modelOf(t, graph(kept, unsaid))), []);
});

t.test('a file that ends within its graph is cut off', async (t) => {
  const file = modelOf(t, integer(1, 8), affine().file.subarray(0, -20));
  t.throws(() => externalFiles(file), {
    name: 'ExternalDataError',
    message: /model\.onnx is cut off \(it has \d+ bytes of at least \d+\): it is still being copied/,
  });
});

t.test('weights are stepped over, however large and whatever they look like', async (t) => {
  const weights = Buffer.alloc(3_000_000, tensor(5, 'in the weights'));
  const large = message(5, integer(1, 750_000), bytes(9, weights));
  const file = modelOf(t, graph(tensor(5, 'a'), large, tensor(5, 'b')));
  t.strictSame(
    externalFiles(file).map((path) => basename(path)),
    ['a', 'b'],
  );
});

t.test('names that lie across the part of the file that is in memory are read whole', async (t) => {
  const name = 'n'.repeat(200);
  for (let before = 16_384 - 300; before < 16_384; before += 7) {
    const file = modelOf(t, bytes(3, Buffer.alloc(before)), graph(tensor(5, name)));
    t.strictSame(externalFiles(file), [join(file, '..', name)]);
  }
});

for (const location of ['../weights', '/etc/hostname', 'sub/../../weights', '.', '']) {
  t.test(`a location outside of the folder is refused: ${JSON.stringify(location)}`, async (t) => {
    const file = modelOf(t, graph(tensor(5, location)));
    t.throws(() => externalFiles(file), { name: 'ExternalDataError', message: /outside of its folder/ });
  });
}

const nested = (depth: number): Buffer =>
  depth === 0 ? tensor(5, 'a') : node(message(6, nested(depth - 1)));

const HOSTILE: Readonly<Record<string, Buffer>> = {
  'a length beyond the end': Buffer.concat([varint((7 << 3) | 2), varint(1000), Buffer.from('x')]),
  'a length that no number holds': Buffer.from([0x3a, ...Array<number>(9).fill(0xff), 1]),
  'a number without an end': Buffer.from([0x08, ...Array<number>(20).fill(0xff)]),
  'a tensor that ends behind its graph': message(7, Buffer.from([0x2a, 100])),
  'a name that ends behind its graph': message(7, Buffer.from([0x12, 100])),
  'a number that is cut off': Buffer.from([0x08]),
  'a group': Buffer.from([0x3b, 0x3c]),
  'a wire type that there is not': Buffer.from([0x3f]),
  'a name of a megabyte': graph(tensor(5, 'n'.repeat(1e6))),
  'a name that is no UTF-8': graph(
    message(5, message(13, text(1, 'location'), bytes(2, Buffer.from([0x61, 0xff])))),
  ),
  'messages in each other without an end': graph(nested(60)),
  'having no graph': integer(1, 8),
  text: Buffer.from('This is no model.'),
};
for (const [what, model] of Object.entries(HOSTILE)) {
  t.test(`a model is refused for ${what}`, async (t) => {
    const file = modelOf(t, model);
    t.throws(() => externalFiles(file), {
      name: 'ExternalDataError',
      message: /is no ONNX model|is cut off/,
    });
  });
}

t.test('a damaged model ends in names or in an ExternalDataError', async (t) => {
  const file = modelOf(t);
  const whole = Buffer.concat(Object.values(PLACES));
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(edits, fc.nat(whole.length), (changes, length) => {
      const model = Buffer.from(whole);
      for (const [at, value] of changes) model[at] = value;
      writeFileSync(file, model.subarray(0, length));
      try {
        return externalFiles(file).length <= Object.keys(PLACES).length;
      } catch (error) {
        return error instanceof ExternalDataError;
      }
    }),
    { numRuns: 2000 },
  );
});

t.test('a file that is not there is the file system’s own error', async (t) => {
  t.throws(() => externalFiles('/nowhere/model.onnx'), { code: 'ENOENT' });
});
