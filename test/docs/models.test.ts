/** models/README.md says what the server reads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ModelConfigSchema } from '../../src/repository/model-config.ts';

const page = readFileSync(join(import.meta.dirname, '../../models/README.md'), 'utf8');

t.test('models/README.md has every field of model.json, and nothing else', (t) => {
  const [, table = ''] = /^## model\.json$([\s\S]*?)^## /m.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell]) => cell!.match(/\w+/g)!);
  t.strictSame(rows.sort(), Object.keys(ModelConfigSchema.properties).sort());
  t.end();
});
