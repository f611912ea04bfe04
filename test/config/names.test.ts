import t from 'tap';
import { envOf, flagOf, optionOfEnv } from '../../src/config/names.ts';
import { OPTION_NAMES } from '../../src/config/schema.ts';

t.test('derives the flag and the environment name from the option', (t) => {
  t.equal(flagOf('maxBodyBytes'), '--max-body-bytes');
  t.equal(envOf('maxBodyBytes'), 'ORTOLAN_MAX_BODY_BYTES');
  t.end();
});

t.test('finds every option again by its environment name', (t) => {
  t.strictSame(
    OPTION_NAMES.map((name) => optionOfEnv.get(envOf(name))),
    OPTION_NAMES,
  );
  t.end();
});
