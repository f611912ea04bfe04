/** The form of an option that names the file of a secret, through the whole of loading. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { configJson, configTable } from '../../../src/cli/config.ts';
import { ConfigError, loadConfig, type ConfigInput } from '../../../src/config/load.ts';

const SECRET = 'authorization=Bearer%20planted';

function folderWith(t: Test, secret = `${SECRET}\n`, mode = 0o400): string {
  const cwd = t.testdir({});
  writeFileSync(join(cwd, 'secret'), secret);
  chmodSync(join(cwd, 'secret'), mode);
  return cwd;
}

const load = (cwd: string, input: Partial<ConfigInput>) => loadConfig({ flags: {}, env: {}, cwd, ...input });

function faultOf(cwd: string, input: Partial<ConfigInput>): string {
  try {
    load(cwd, input);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'none';
}

t.test('the file may be named in each place that options come from', (t) => {
  const cwd = folderWith(t);
  const places: [Partial<ConfigInput>, string][] = [
    [{ flags: { tracingHeadersFile: 'secret' } }, '--tracing-headers-file'],
    [{ env: { ORTOLAN_TRACING_HEADERS_FILE: join(cwd, 'secret') } }, 'ORTOLAN_TRACING_HEADERS_FILE'],
  ];
  for (const [input, source] of places) {
    const { config, sources, warnings } = load(cwd, input);
    t.equal(config.tracingHeaders, SECRET, source);
    t.equal(config.tracingHeadersFile, join(cwd, 'secret'));
    t.equal(sources.tracingHeaders.name, source);
    t.strictSame(warnings, []);
  }
  writeFileSync(join(cwd, 'ortolan.json'), '{"tracingHeadersFile": "secret"}');
  t.equal(load(cwd, {}).config.tracingHeaders, SECRET);
  t.end();
});

t.test('`ortolan config` shows the file and not what is in it', (t) => {
  const cwd = folderWith(t);
  const loaded = load(cwd, { env: { ORTOLAN_TRACING_HEADERS_FILE: 'secret' } });
  for (const shown of [configTable(loaded), configJson(loaded)]) {
    t.match(shown, join(cwd, 'secret'));
    t.notMatch(shown, 'planted');
    t.match(shown, '(hidden)');
  }
  t.end();
});

t.test('refuses the value and its file at once, whichever places they are from', (t) => {
  const cwd = folderWith(t);
  const fault = faultOf(cwd, {
    flags: { tracingHeadersFile: 'secret' },
    env: { ORTOLAN_TRACING_HEADERS: 'a=planted' },
  });
  t.match(
    fault,
    'tracingHeaders: ORTOLAN_TRACING_HEADERS gives it, and --tracing-headers-file the file that holds it: one of them is too many.',
  );
  t.notMatch(fault, 'planted');
  t.end();
});

t.test('refuses a file that others may read, one that is not there, one that holds something else', (t) => {
  const env = { ORTOLAN_TRACING_HEADERS_FILE: 'secret' };
  t.match(faultOf(folderWith(t, SECRET, 0o644), { env }), /names a file that cannot be used\. .*chmod 0400/);
  t.match(faultOf(t.testdir({}), { env }), /does not exist/);
  const wrong = faultOf(folderWith(t, 'planted'), { env });
  t.match(wrong, /ORTOLAN_TRACING_HEADERS_FILE says \(hidden\), but it takes a list of headers/);
  t.notMatch(wrong, 'planted');
  t.end();
});

t.test('warns of a secret on the command line, which other users see', (t) => {
  const { warnings } = load(t.testdir({}), { flags: { tracingHeaders: 'a=planted' } });
  t.match(warnings.join(), /--tracing-headers is a secret, .*use --tracing-headers-file\.$/);
  t.notMatch(warnings.join(), 'planted');
  t.end();
});
