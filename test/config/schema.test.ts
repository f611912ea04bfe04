import t from 'tap';
import { factsOf, OPTION_GROUPS, OPTION_NAMES } from '../../src/config/schema.ts';

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
