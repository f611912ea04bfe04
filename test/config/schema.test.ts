import t from 'tap';
import { isSecret } from '../../src/config/option-text.ts';
import { fileOptionOf } from '../../src/config/secrets/file-option.ts';
import { factsOf, OPTION_GROUPS, OPTION_NAMES, type OptionName } from '../../src/config/schema.ts';

t.test('puts every option in one group', (t) => {
  t.strictSame(
    OPTION_GROUPS.flatMap(([, names]) => names),
    OPTION_NAMES,
  );
  t.end();
});

t.test('describes every option in a sentence', (t) => {
  for (const name of OPTION_NAMES) t.match(factsOf(name).description, /^[A-Z].*\.$/, name);
  t.end();
});

t.test('describes the default of every option, also of one that is computed or has none', (t) => {
  for (const name of OPTION_NAMES) {
    const { default: constant, otherwise } = factsOf(name);
    t.not(constant === undefined, otherwise === undefined, name);
  }
  t.end();
});

t.test('says of every option whose name looks like a secret’s whether it is one', (t) => {
  for (const name of OPTION_NAMES) {
    if (isSecret(name, undefined)) t.type(factsOf(name).secret, 'boolean', name);
  }
  t.end();
});

t.test('has for every secret the option of a file that holds it', (t) => {
  const secrets = OPTION_NAMES.filter((name) => factsOf(name).secret === true);
  t.ok(secrets.length > 0);
  for (const name of secrets) t.equal(factsOf(fileOptionOf(name) as OptionName).path, true, name);
  t.end();
});
