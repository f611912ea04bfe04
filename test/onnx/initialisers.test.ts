import t from 'tap';
import { initialisersIn, withFloats } from '../../src/onnx/initialisers.ts';
import { externalModel } from '../support/external-model.ts';
import { affine, int64 } from '../support/tiny-models.ts';

const floatsAt = (bytes: Uint8Array, offset: number, length: number): number[] => [
  ...new Float32Array(Uint8Array.from(bytes.subarray(offset, offset + length)).buffer),
];

t.test('constants of 32-bit floats are found with their shapes and places', async (t) => {
  const { file } = affine();
  const found = initialisersIn(file);
  t.strictSame(
    found.map(({ name, shape }) => [name, shape]),
    [
      ['two', [1]],
      ['one', [1]],
    ],
  );
  const [two] = found;
  t.equal(two?.floats?.location, undefined);
  t.strictSame(floatsAt(file, two!.floats!.offset, two!.floats!.length), [2]);
});

t.test('other types have a name and no floats', async (t) => {
  t.match(initialisersIn(int64().file), [{ name: 'one', floats: undefined }]);
});

t.test('weights in a file beside the model have their place there', async (t) => {
  t.strictSame(initialisersIn(externalModel('w.bin')), [
    { name: 'w', shape: [4], floats: { location: 'w.bin', offset: 0, length: 16 } },
  ]);
});

t.test('a copy differs at its places alone', async (t) => {
  const { file } = affine();
  const place = initialisersIn(file)[1]!.floats!;
  const copy = withFloats(file, [[place, Float32Array.of(7)]]);
  t.equal(copy.length, file.length);
  const differs = [...copy.keys()].filter((at) => copy[at] !== file[at]);
  t.ok(differs.length > 0 && differs.every((at) => at >= place.offset && at < place.offset + place.length));
  t.strictSame(floatsAt(copy, place.offset, place.length), [7]);
  t.throws(() => withFloats(file, [[place, Float32Array.of(1, 2)]]), RangeError);
});

t.test('what is no model is refused', async (t) => {
  for (const bytes of [[], [0x3a], [0x3a, 5, 1], [0xff], [0x3b], [0x08, ...Array<number>(11).fill(0x80)]])
    t.throws(() => initialisersIn(Uint8Array.from(bytes)), { name: 'ExternalDataError' });
});
