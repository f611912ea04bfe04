import t from 'tap';
import { printable, tableLines } from '../../src/cli/table.ts';

t.test('makes every column as wide as its widest cell', (t) => {
  t.strictSame(
    tableLines(
      ['A', 'B'],
      [
        ['long', 'x'],
        ['', 'yy'],
      ],
    ),
    ['A     B', 'long  x', '      yy'],
  );
  t.end();
});

t.test('removes control characters from cells', (t) => {
  t.equal(printable('\u001b]0;title\u0007cat\nfish'), ' ]0;title cat fish');
  t.end();
});
