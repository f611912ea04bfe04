import t from 'tap';
import { isUtf8, mayColour } from '../../src/cli/terminal.ts';

t.test('colours only a terminal, and only without NO_COLOR', (t) => {
  t.equal(mayColour({}, true), true);
  t.equal(mayColour({}, false), false);
  t.equal(mayColour({ NO_COLOR: '1' }, true), false);
  t.equal(mayColour({ NO_COLOR: '' }, true), true);
  t.equal(mayColour({ TERM: 'dumb' }, true), false);
  t.end();
});

t.test('uses the first locale variable that is set, as POSIX does', (t) => {
  t.equal(isUtf8({ LANG: 'en_GB.UTF-8' }), true);
  t.equal(isUtf8({ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }), false);
  t.equal(isUtf8({ LANG: 'C', LC_ALL: '', LC_CTYPE: 'C.utf8' }), true);
  t.equal(isUtf8({}), false);
  t.end();
});
