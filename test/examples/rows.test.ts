import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExamplesError, digestOf, some, split, without } from '../../src/examples/examples.ts';
import { readRows, rowsIn } from '../../src/examples/rows.ts';
import { filesInZip } from '../../src/examples/zip.ts';
import { elementsIn, type Datatype, type TensorSpec } from '../../src/tensor/tensor.ts';
import { floats, int64s, npy, npz, zip } from '../support/npz.ts';

const x: TensorSpec = { name: 'pixels', datatype: 'FP32', shape: [-1, 2] };
const fault = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof ExamplesError) return error.message;
    throw error;
  }
  return '';
};
const faultOf = async (bytes: Buffer, inputs: readonly TensorSpec[] = [x]): Promise<string> => {
  try {
    await rowsIn(bytes).items[0]!.payload(inputs);
  } catch (error) {
    if (error instanceof ExamplesError) return error.message;
    throw error;
  }
  return '';
};

t.test('rows of a file are tensors of the model, with their classes', async (t) => {
  for (const packed of [false, true]) {
    const { kind, labelled, items } = rowsIn(
      npz({ x: floats([2, 2], [1, 2, 3, 4]), y: int64s([7, 0]) }, packed),
    );
    t.same([kind, labelled, items.map(({ label }) => label)], ['rows', true, [7, 0]]);
    const payload = await items[1]!.payload([x]);
    if (payload.kind !== 'tensors') throw new Error('no tensors');
    t.same(payload.inputs[0]!.shape, [1, 2]);
    t.same([...elementsIn('FP32', payload.inputs[0]!.data)], [3, 4]);
  }
});

t.test('an input is found by its name, and the only one also as x', async (t) => {
  t.equal(await faultOf(npz({ pixels: floats([1, 2], [1, 2]) })), '');
  t.match(await faultOf(npz({ z: floats([1, 2], [1, 2]) })), /takes pixels, or x; the file has z/);
  const two = [x, { ...x, name: 'b' }];
  t.match(await faultOf(npz({ x: floats([1, 2], [1, 2]) }), two), /takes pixels, b; the file has x/);
});

t.test('a model without a batch axis gets the row as it is', async (t) => {
  const [row] = rowsIn(npz({ x: floats([1, 2], [1, 2]) })).items;
  const payload = await row!.payload([{ ...x, shape: [2] }]);
  t.same(payload.kind === 'tensors' && payload.inputs[0]!.shape, [2]);
});

t.test('numbers are converted where none is lost', async (t) => {
  const doubles = { datatype: 'FP64', shape: [1, 2], data: Float64Array.of(1, 2.5) } as const;
  t.equal(await faultOf(npz({ x: doubles })), '');
  const to = (datatype: Datatype): TensorSpec[] => [{ ...x, datatype }];
  t.match(await faultOf(npz({ x: doubles }), to('INT64')), /is INT64, which cannot hold 2\.5/);
  const bytes = { datatype: 'INT32', shape: [1, 2], data: Int32Array.of(1, 256) } as const;
  t.match(await faultOf(npz({ x: bytes }), to('UINT8')), /is UINT8, which cannot hold 256/);
  t.match(await faultOf(npz({ x: doubles }), to('FP16')), /is FP16, and the file has FP64/);
});

t.test('what does not fit is said with both shapes', async (t) => {
  t.match(
    await faultOf(npz({ x: floats([1, 3], [1, 2, 3]) })),
    /has the shape \[-1, 2\].*a row of the file \[3\]/,
  );
  t.match(
    fault(() => rowsIn(npz({ x: floats([2, 1], [1, 2]), y: int64s([1]) }))),
    /differ in their first axis: x 2, y 1/,
  );
  t.match(
    fault(() => rowsIn(npz({ y: int64s([1]) }))),
    /no array for an input/,
  );
  t.match(
    fault(() => rowsIn(npz({ x: floats([], [1]) }))),
    /x has none/,
  );
  t.match(
    fault(() => rowsIn(npz({ x: floats([1, 2], [1, 2]), y: int64s([-1]) }))),
    /y of row 0 is -1/,
  );
  t.match(
    fault(() => rowsIn(npz({ x: floats([1, 1], [1]), y: floats([1], [0.5]) }))),
    /y of row 0 is 0\.5/,
  );
});

t.test('an array that is none, or has other bytes than its shape says, is refused by its name', (t) => {
  const only = (content: Buffer): string => fault(() => rowsIn(zip([['x.npy', content]])));
  t.match(only(Buffer.from('text')), /^x: The \.npy file/);
  t.match(only(npy(floats([2, 1], [1]))), /^x of shape \[2, 1\] has 4 bytes, not 8/);
  const objects = Buffer.from(
    npy(floats([1, 1], [1]))
      .toString('latin1')
      .replace('<f4', '|O8'),
    'latin1',
  );
  t.match(only(objects), /^x: .*save plain numbers/);
  t.end();
});

t.test('a zip that is cut off, encrypted, or unpacks to something else is refused', (t) => {
  const good = npz({ x: floats([1, 2], [1, 2]) }, true);
  t.match(
    fault(() => filesInZip(good.subarray(0, good.length - 30))),
    /no \.npz, or is cut off/,
  );
  const end = good.length - 22;
  const entry = good.readUInt32LE(end + 16);
  const changed = (at: number, value: number): string => {
    const copy = Buffer.from(good);
    copy.writeUInt16LE(value, at);
    return fault(() => filesInZip(copy));
  };
  t.match(changed(entry + 8, 1), /encrypted/);
  t.match(changed(entry + 10, 12), /method 12/);
  t.match(changed(entry + 24, 5), /damaged/, 'more than it says');
  t.match(changed(entry + 42, 9), /damaged/, 'a local header that is none');
  const bomb = zip([['x.npy', Buffer.alloc(1_000_000)]], true);
  bomb.writeUInt32LE(100, bomb.readUInt32LE(bomb.length - 6) + 24);
  t.match(
    fault(() => filesInZip(bomb)),
    /damaged/,
  );
  t.end();
});

t.test('a file that is not there, or is a folder, is said by its name', async (t) => {
  const folder = t.testdir({ sub: {} });
  await t.rejects(readRows(join(folder, 'none.npz')), /none\.npz cannot be read \(ENOENT\)/);
  await t.rejects(readRows(join(folder, 'sub')), /is no file/);
  writeFileSync(join(folder, 'a.npz'), 'text');
  await t.rejects(readRows(join(folder, 'a.npz')), /a\.npz: It is no \.npz/);
});

t.test('examples are parted by their content: the same ones always on one side', (t) => {
  const values = Array.from({ length: 400 }, (_, index) => index % 200);
  const all = rowsIn(npz({ x: floats([400, 1], values), y: int64s(values.map(() => 0)) }));
  const { used, heldOut } = split(all, 0.3);
  t.equal(used.items.length + heldOut.items.length, 400);
  t.ok(heldOut.items.length > 80 && heldOut.items.length < 160, String(heldOut.items.length));
  const digests = new Set(used.items.map(({ digest }) => digest));
  t.notOk(heldOut.items.some(({ digest }) => digests.has(digest)));
  t.equal(without(all, heldOut).items.length, used.items.length);
  t.equal(some(used, 10).items.length, 10);
  t.not(digestOf(used), digestOf(heldOut));
  t.end();
});
