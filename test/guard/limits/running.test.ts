import t from 'tap';
import { Running } from '../../../src/guard/limits/running.ts';

t.test('a caller may begin as many as its limit, and one more for each that has ended', async (t) => {
  const running = new Running();
  t.strictSame([running.enter('a', 2), running.enter('a', 2), running.enter('a', 2)], [1, 0, undefined]);
  t.equal(running.enter('b', 2), 1, 'others are not concerned');
  running.leave('a');
  t.strictSame([running.enter('a', 2), running.enter('a', 2)], [0, undefined]);
});

t.test('callers without requests in flight take no memory', async (t) => {
  const running = new Running();
  for (let name = 0; name < 100; name++) running.enter(String(name), 5);
  running.enter('0', 5);
  for (let name = 0; name < 100; name++) running.leave(String(name));
  t.equal(running.size, 1);
  running.leave('0');
  t.equal(running.size, 0);
});
