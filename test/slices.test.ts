import t from 'tap';
import { atOnce, inSlices, whenThere, type Sliced } from '../src/slices.ts';

function* counting(slices: number, seen: number[] = []): Sliced<number> {
  for (let slice = 1; slice < slices; slice++) {
    seen.push(slice);
    yield;
  }
  return slices;
}

function* failing(slices: number): Sliced<number> {
  yield* counting(slices);
  throw new Error('bad');
}

t.test('all slices at once give the result', async (t) => {
  t.equal(atOnce(counting(3)), 3);
});

t.test('what is done after one slice is returned, not promised', async (t) => {
  t.equal(inSlices(counting(1)), 1);
  t.throws(() => inSlices(failing(1)), { message: 'bad' });
});

t.test('others have their turn between two slices', async (t) => {
  const order: (number | string)[] = [];
  const result = inSlices(counting(3, order as number[]));
  setImmediate(() => order.push('another'));
  t.equal(await result, 3);
  t.strictSame(order, [1, 2, 'another']);
});

t.test('a fault in a later slice rejects', async (t) => {
  await t.rejects(Promise.resolve(inSlices(failing(3))), { message: 'bad' });
});

t.test('a value is used now, a promised one when it is there', async (t) => {
  const twice = (value: number): number => 2 * value;
  t.equal(whenThere(1, twice), 2);
  const later = whenThere(Promise.resolve(1), twice);
  t.ok(later instanceof Promise);
  t.equal(await later, 2);
});
