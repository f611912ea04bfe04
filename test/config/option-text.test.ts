import t from 'tap';
import {
  helpOf,
  isSecret,
  placeholderOf,
  rangeOf,
  shownValue,
  valueOfJson,
  valueOfText,
} from '../../src/config/option-text.ts';

t.test('hides a value whose name looks like a secret, unless it is declared public', (t) => {
  t.equal(isSecret('apiKeys', undefined), true);
  t.equal(isSecret('jwtSecret', false), false);
  t.equal(isSecret('port', undefined), false);
  t.equal(isSecret('port', true), true);
  t.end();
});

t.test('describes the values of an option', (t) => {
  t.equal(rangeOf('port'), 'a whole number from 0 to 65535');
  t.equal(rangeOf('decoder'), 'one of turbo, exact');
  t.equal(rangeOf('maxBodyBytes'), 'a size from 1 KiB to 1 GiB');
  t.equal(rangeOf('maxTimeoutMs'), 'a whole number of milliseconds from 1 to 3600000');
  t.end();
});

t.test('splits lists at commas and drops empty items', (t) => {
  t.strictSame(valueOfText('corsOrigins', ' https://a.org, ,https://b.org '), [
    'https://a.org',
    'https://b.org',
  ]);
  t.end();
});

for (const text of ['0x10', '1e3', 'Infinity', '', '8000 ']) {
  t.test(`reads only plain decimal numbers: ${JSON.stringify(text)}`, (t) => {
    t.equal(valueOfText('port', text), text === '8000 ' ? 8000 : text);
    t.end();
  });
}

t.test('accepts a size as text from a file, and no other number as text', (t) => {
  t.equal(valueOfJson('maxBodyBytes', '1MiB'), 1_048_576);
  t.equal(valueOfJson('port', '8000'), '8000');
  t.end();
});

t.test('shows sizes with their unit and empty lists as none', (t) => {
  t.equal(shownValue('maxBodyBytes', 1_048_576), '1 MiB');
  t.equal(shownValue('corsOrigins', []), 'none');
  t.end();
});

t.test('shows the default in the help, also a computed one', (t) => {
  t.match(helpOf('port'), /Default: 8000\.$/);
  t.match(helpOf('workers'), /Default: usable cores\.$/);
  t.end();
});

t.test('describes the value of a flag in one word', (t) => {
  t.strictSame(
    (['port', 'maxBodyBytes', 'urlTimeoutMs', 'models', 'decoder', 'urlAllow'] as const).map(placeholderOf),
    ['number', 'size', 'ms', 'folder', 'turbo|exact', 'list'],
  );
  t.end();
});
