import t from 'tap';
import { npyHead, readNpy } from '../../src/tensor/npy.ts';

t.test('a head is read as it was written, and the elements behind it are aligned', (t) => {
  for (const [datatype, shape] of [
    ['FP32', [2, 3]],
    ['UINT8', [5]],
    ['BOOL', []],
    ['INT64', [1, 224, 224, 3]],
  ] as const) {
    const head = npyHead({ datatype, shape });
    t.equal(head.length % 64, 0);
    t.equal(head.at(-1), 10, 'NumPy asks for a newline at its end');
    const read = readNpy(Buffer.concat([head, Buffer.from('data')]));
    t.same([read.datatype, read.shape, read.data.toString()], [datatype, shape, 'data']);
  }
  t.end();
});
