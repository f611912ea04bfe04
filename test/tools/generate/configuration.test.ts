import t from 'tap';
import { envOf, flagOf } from '../../../src/config/names.ts';
import { factsOf, OPTION_NAMES } from '../../../src/config/schema.ts';
import { configuration } from '../../../tools/generate/configuration.ts';

const markdown = configuration.make();

for (const name of OPTION_NAMES) {
  t.test(`documents ${name} once, with its flag, environment name and description`, (t) => {
    const rows = markdown.split('\n').filter((line) => line.startsWith(`| \`${name}\`<br>`));
    t.equal(rows.length, 1);
    for (const part of [flagOf(name), envOf(name), factsOf(name).description]) {
      t.ok(rows[0]?.includes(part.replaceAll('<', '&lt;').replaceAll('|', '\\|')), part);
    }
    t.end();
  });
}
