import t from 'tap';
import { pointerTo, shortened } from '../../src/protocol/pointer.ts';

t.test('a pointer escapes tildes and slashes as RFC 6901 says', async (t) => {
  t.equal(pointerTo('images', 2), '/images/2');
  t.equal(pointerTo('a/b', 'm~n', '~1'), '/a~1b/m~0n/~01');
  t.equal(pointerTo(), '');
});

t.test('a very long pointer is cut, and never inside a character', async (t) => {
  for (const start of ['x', 'xx']) {
    const pointer = pointerTo(start + '😀'.repeat(500));
    t.ok(pointer.length < 250);
    t.ok(pointer.isWellFormed());
  }
  t.equal(shortened('/short'), '/short');
});
