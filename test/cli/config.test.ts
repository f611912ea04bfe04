import { join } from 'node:path';
import t from 'tap';
import { configJson, configTable } from '../../src/cli/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { OPTION_NAMES } from '../../src/config/schema.ts';
import { ortolan } from './ortolan.ts';

t.test('shows every option with its value and its source', (t) => {
  const cwd = t.testdir({ 'ortolan.json': '{"topK": 3}' });
  const table = configTable(loadConfig({ flags: { port: '1' }, env: { ORTOLAN_HOST: 'h' }, cwd }));
  t.match(table, /^port +1 +--port$/m);
  t.match(table, /^host +h +ORTOLAN_HOST$/m);
  t.match(table, new RegExp(`^topK +3 +${join(cwd, 'ortolan.json')}$`, 'm'));
  t.match(table, /^defaultModel +\(the only one, else efficientnet-lite0\) +default$/m);
  t.equal(table.split('\n').length, OPTION_NAMES.length + 1);
  t.end();
});

t.test('gives every option as JSON, also those without a value', (t) => {
  const json = JSON.parse(configJson(loadConfig({ flags: {}, env: {}, cwd: t.testdir() }))) as object;
  t.strictSame(Object.keys(json), OPTION_NAMES);
  t.match(json, { port: { value: 8000, source: { kind: 'default' } }, defaultModel: { value: null } });
  t.end();
});

t.test('joins a list flag that is given twice', async (t) => {
  const args = ['config', '--cors-origins', 'https://a.org', '--cors-origins', 'https://b.org'];
  t.match((await ortolan(args)).out, /^corsOrigins +https:\/\/a\.org, https:\/\/b\.org +--cors-origins$/m);
});

t.test('reads the environment and .env of the folder it runs in', async (t) => {
  const cwd = t.testdir({ '.env': 'ORTOLAN_TOP_K=4\n' });
  const { out, err } = await ortolan(['config'], { ORTOLAN_PORT: '9', ORTOLAN_PROT: '8' }, cwd);
  t.match(out, /^port +9 +ORTOLAN_PORT$/m);
  t.match(out, /^topK +4 +ORTOLAN_TOP_K in /m);
  t.match(err, /^warning: ORTOLAN_PROT .*did you mean ORTOLAN_PORT/);
});
