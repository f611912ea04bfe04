/** Whatever the bytes, safetensors and ONNX files end in what they hold, or in their own error, in time and memory of their size. */
import fc from 'fast-check';
import t from 'tap';
import { ServingError } from '../../src/errors.ts';
import { updateIn } from '../../src/federated/weights.ts';
import { ExternalDataError } from '../../src/onnx/external-data.ts';
import { readGraph } from '../../src/onnx/graph.ts';
import { initialisersIn, withFloats } from '../../src/onnx/initialisers.ts';
import { readSafetensors, SafetensorsError, writeSafetensors } from '../../src/tensor/safetensors.ts';
import { tensor } from '../federated/fixtures/tensor.ts';
import { rewritten } from '../../workers/graph/rewritten.ts';
import { pixelModel } from '../support/pixel-models.ts';
import { affine } from '../support/tiny-models.ts';
import { runs } from './runs.ts';

const value = fc.oneof(fc.integer({ min: -2, max: 40 }), fc.constantFrom(2 ** 53, 1e300, 'x', null, [], 0.5));
const entry = fc.record(
  {
    dtype: fc.constantFrom('F32', 'F64', 'I8', 'F33', 5, null),
    shape: fc.oneof(fc.array(value, { maxLength: 3 }), value),
    data_offsets: fc.oneof(fc.array(value, { minLength: 1, maxLength: 3 }), value),
  },
  { requiredKeys: [] },
);
const header = fc.dictionary(
  fc.constantFrom('a', 'b', '__metadata__', '__proto__', ''),
  fc.oneof(entry, value),
);
const file = fc
  .record({
    header,
    bytes: fc.uint8Array({ maxLength: 40 }),
    off: fc.constantFrom(0, 0, 0, 0, 1, -1, 2 ** 31),
  })
  .map(({ header: object, bytes, off }) => {
    const text = Buffer.from(JSON.stringify(object));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(Math.max(0, text.length + off)));
    return Buffer.concat([length, text, bytes]);
  });

function endsWell(
  read: () => boolean,
  ...errors: readonly (abstract new (...args: never[]) => Error)[]
): boolean {
  try {
    return read();
  } catch (error) {
    if (!errors.some((each) => error instanceof each)) throw error;
    return (error as Error).message.length < 1000;
  }
}

t.test('tensors of any file lie in it, one after the other', async () => {
  const any = fc.oneof(
    { weight: 5, arbitrary: file },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }) },
  );
  fc.assert(
    fc.property(any, (bytes) =>
      endsWell(() => {
        const { tensors } = readSafetensors(bytes);
        const held = tensors.reduce((sum, { data }) => sum + data.byteLength, 0);
        return held <= bytes.byteLength;
      }, SafetensorsError),
    ),
    { numRuns: runs(5000) },
  );
});

t.test('an update with bytes changed is the same update, or is refused', async () => {
  const shapes = [
    { name: 'b', shape: [2] },
    { name: 'w', shape: [1, 2] },
  ];
  const good = writeSafetensors([tensor('b', [2], 1, 2), tensor('w', [1, 2], 3, 4)]);
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(changes, fc.nat(good.length), (changed, length) => {
      const bytes = Buffer.from(good);
      for (const [at, byte] of changed) bytes[at] = byte;
      const cut = changed.length === 0 ? bytes.subarray(0, length) : bytes;
      return endsWell(() => Number.isFinite(updateIn(cut, shapes).norm), ServingError);
    }),
    { numRuns: runs(5000) },
  );
});

t.test('places of any ONNX file lie in it, and overwriting them changes nothing else', async () => {
  const { file: good } = affine();
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  const changed = changes.map((all) => {
    const bytes = Buffer.from(good);
    for (const [at, byte] of all) bytes[at] = byte;
    return bytes;
  });
  const any = fc.oneof(
    { weight: 5, arbitrary: changed },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.nat(good.length).map((length) => good.subarray(0, length)) },
  );
  fc.assert(
    fc.property(any, (bytes) =>
      endsWell(() => {
        const own = initialisersIn(bytes).flatMap(({ floats }) =>
          floats === undefined || floats.location !== undefined ? [] : [floats],
        );
        const copy = withFloats(
          bytes,
          own.map((place) => [place, new Float32Array(place.length / 4)]),
        );
        const isOwn = (at: number): boolean =>
          own.some(({ offset, length }) => at >= offset && at < offset + length);
        return copy.length === bytes.length && copy.every((byte, at) => byte === bytes[at] || isOwn(at));
      }, ExternalDataError),
    ),
    { numRuns: runs(5000) },
  );
});

t.test('a graph of any ONNX file is rewritten, stays, or is refused', async () => {
  const { file: good } = pixelModel(undefined, undefined, undefined, 2);
  const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 });
  const any = fc.oneof(
    {
      weight: 5,
      arbitrary: changes.map((all) => {
        const bytes = Buffer.from(good);
        for (const [at, byte] of all) bytes[at] = byte;
        return bytes;
      }),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)) },
    { weight: 1, arbitrary: fc.nat(good.length).map((length) => good.subarray(0, length)) },
  );
  fc.assert(
    fc.property(any, (bytes) =>
      endsWell(() => {
        const result = rewritten(bytes);
        return result === undefined || readGraph(result.bytes).inputs.length > 0;
      }, ExternalDataError),
    ),
    { numRuns: runs(5000) },
  );
});
