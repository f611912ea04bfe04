import t from 'tap';
import { envOf, flagOf } from '../../src/config/names.ts';
import { configurationMarkdown, helpOf, optionGroups, placeholderOf } from '../../src/config/render.ts';
import { factsOf, OPTION_NAMES } from '../../src/config/schema.ts';

const markdown = configurationMarkdown();

for (const name of OPTION_NAMES) {
  t.test(`documents ${name} once, with its flag, environment name and description`, (t) => {
    const rows = markdown.split('\n').filter((line) => line.startsWith(`| \`${name}\`<br>`));
    t.equal(rows.length, 1);
    for (const part of [flagOf(name), envOf(name), factsOf(name).description]) {
      t.ok(rows[0]?.includes(part.replaceAll('<', '&lt;').replaceAll('|', '\\|')), part);
    }
    t.end();
  });

  t.test(`ends the description of ${name} as a sentence`, (t) => {
    t.match(factsOf(name).description, /^[A-Z].*\.$/);
    t.end();
  });
}

t.test('puts every option in one group', (t) => {
  t.strictSame([...optionGroups().values()].flat().sort(), [...OPTION_NAMES].sort());
  t.end();
});

t.test('says the default in the help, also where it is computed', (t) => {
  t.match(helpOf('port'), /Default: 8000\.$/);
  t.match(helpOf('workers'), /Default: usable cores\.$/);
  t.end();
});

t.test('says in one word what a flag wants', (t) => {
  t.strictSame(
    (['port', 'maxBodyBytes', 'urlTimeoutMs', 'models', 'decoder', 'urlAllow'] as const).map(placeholderOf),
    ['number', 'size', 'ms', 'folder', 'turbo|exact', 'list'],
  );
  t.end();
});
