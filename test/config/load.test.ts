import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConfigError, loadConfig, type ConfigInput } from '../../src/config/load.ts';
import type { Machine } from '../../src/config/machine.ts';
import { OPTION_NAMES } from '../../src/config/schema.ts';

const GiB = 1024 ** 3;
const machine: Machine = {
  cores: 2,
  coresFrom: 'cpu affinity',
  memoryBytes: GiB,
  memoryFrom: 'total memory',
};

/** Loads in a folder with these files. */
function load(t: Test, files: Record<string, string>, input: Partial<ConfigInput> = {}) {
  const cwd = t.testdir(files);
  return { cwd, ...loadConfig({ flags: {}, env: {}, cwd, machine, ...input }) };
}

function faultOf(t: Test, files: Record<string, string>, input: Partial<ConfigInput> = {}): string {
  try {
    load(t, files, input);
  } catch (error) {
    t.ok(error instanceof ConfigError, 'is a ConfigError');
    return (error as Error).message;
  }
  return t.fail('nothing was wrong') as unknown as string;
}

t.test('has a value and a source for every option when none is set', (t) => {
  const { config, sources, cwd } = load(t, {});
  t.strictSame(Object.keys(config).sort(), [...OPTION_NAMES].sort());
  t.equal(config.port, 8000);
  t.equal(config.models, join(cwd, 'models'));
  t.equal(config.defaultModel, undefined);
  t.strictSame(sources.port, { kind: 'default', name: 'default' });
  t.end();
});

t.test('puts a flag before the environment, before .env, before the file, before the default', (t) => {
  const files = {
    '.env': 'ORTOLAN_PORT=3\nORTOLAN_HOST=dotenv\nORTOLAN_WORKERS=1\n',
    'ortolan.json': '{"port": 4, "host": "file", "workers": 2, "topK": 9}',
  };
  const env = { ORTOLAN_PORT: '2', ORTOLAN_HOST: 'environment' };
  const { config, sources, cwd } = load(t, files, { flags: { port: '1' }, env });
  t.match(config, { port: 1, host: 'environment', workers: 1, topK: 9, logLevel: 'INFO' });
  t.match(sources, {
    port: { kind: 'flag', name: '--port' },
    host: { kind: 'environment', name: 'ORTOLAN_HOST' },
    workers: { kind: '.env', name: `ORTOLAN_WORKERS in ${join(cwd, '.env')}` },
    topK: { kind: 'file', name: join(cwd, 'ortolan.json') },
    logLevel: { kind: 'default' },
  });
  t.end();
});

t.test('reads the file that --config names instead of ortolan.json', (t) => {
  const files = { 'ortolan.json': '{"port": 1}', 'other.json': '{"port": 2}' };
  t.equal(load(t, files, { flags: { config: 'other.json' } }).config.port, 2);
  t.end();
});

t.test('reads the file that ORTOLAN_CONFIG names in .env', (t) => {
  const files = { '.env': 'ORTOLAN_CONFIG=other.json', 'other.json': '{"port": 2}' };
  t.equal(load(t, files).config.port, 2);
  t.end();
});

t.test('reads a path in a file from that file’s folder', (t) => {
  const cwd = t.testdir({ etc: { 'ortolan.json': '{"models": "here"}' } });
  const { config } = loadConfig({ flags: { config: 'etc/ortolan.json' }, env: {}, cwd, machine });
  t.equal(config.models, join(cwd, 'etc', 'here'));
  t.end();
});

t.test('treats an empty variable as not set', (t) => {
  t.equal(load(t, {}, { env: { ORTOLAN_PORT: '', ORTOLAN_DEFAULT_MODEL: ' ' } }).config.port, 8000);
  t.end();
});

t.test('computes workers, bytes in flight and the size of URL images from machine and options', (t) => {
  const { config } = load(t, {}, { flags: { maxBodyBytes: '1MiB' } });
  t.equal(config.workers, 2);
  t.equal(config.maxInFlightBytes, GiB / 4);
  t.equal(
    config.maxImagePixels,
    Math.floor(GiB / 4 / config.workers / 6.5),
    'each worker decodes one at a time',
  );
  t.equal(config.urlMaxBytes, 1024 ** 2);
  t.end();
});

t.test('keeps room for one body of the largest size on a very small machine', (t) => {
  const small = { ...machine, memoryBytes: 32 * 1024 ** 2 };
  const { config } = load(t, {}, { machine: small });
  t.equal(config.maxInFlightBytes, config.maxJsonBytes);
  t.end();
});

t.test('bounds the bytes in flight at 512 MiB on a large machine', (t) => {
  const large = { ...machine, memoryBytes: 64 * GiB };
  t.equal(load(t, {}, { machine: large }).config.maxInFlightBytes, 512 * 1024 ** 2);
  t.equal(load(t, {}, { machine: large }).config.maxImagePixels, 50_000_000);
  t.end();
});

t.test('follows XDG_CACHE_HOME', { skip: process.platform === 'darwin' }, (t) => {
  t.equal(load(t, {}, { env: { XDG_CACHE_HOME: '/tmp/xdg' } }).config.cacheDir, '/tmp/xdg/ortolan');
  for (const env of [{ HOME: '' }, { HOME: 'rel', XDG_CACHE_HOME: 'relx' }]) {
    t.match(load(t, {}, { env }).config.cacheDir, /^\/.*ortolan$/, 'not in the working folder');
  }
  t.end();
});

t.test('names option, source, value and range of one wrong value', (t) => {
  t.equal(
    faultOf(t, {}, { env: { ORTOLAN_PORT: '70000' } }),
    'The configuration is wrong. port: ORTOLAN_PORT says 70000, but it takes a whole number from 0 to 65535.',
  );
  t.end();
});

t.test('reports every wrong value at once', (t) => {
  const files = { 'ortolan.json': '{"topK": "5", "nonsense": true}' };
  const message = faultOf(t, files, { flags: { decoder: 'fast' }, env: { ORTOLAN_WORKERS: '0' } });
  t.match(message, /wrong in 4 places/);
  for (const part of [
    /decoder: --decoder says "fast", but it takes one of turbo, exact\./,
    /workers: ORTOLAN_WORKERS says 0/,
    /topK: \S+ortolan\.json says "5"/,
    /nonsense in \S+ortolan\.json is no option\./,
  ]) {
    t.match(message, part);
  }
  t.end();
});

t.test('suggests the right name for an unknown key of the file', (t) => {
  t.match(faultOf(t, { 'ortolan.json': '{"prot": 1}' }), /prot in .* is no option \(did you mean port\?\)/);
  t.end();
});

t.test('suggests the right name for an unknown ORTOLAN_ name in .env, and ignores other names', (t) => {
  const message = faultOf(t, { '.env': 'ORTOLAN_PROT=1\nPATH=/x\n' });
  t.match(message, /ORTOLAN_PROT in .* \(did you mean ORTOLAN_PORT\?\)/);
  t.notMatch(message, /PATH/);
  t.end();
});

t.test('only warns about an unknown ORTOLAN_ name in the environment', (t) => {
  const { warnings } = load(t, {}, { env: { ORTOLAN_PROT: '1' } });
  t.strictSame(warnings, [
    'ORTOLAN_PROT in the environment is no option and is ignored (did you mean ORTOLAN_PORT?).',
  ]);
  t.end();
});

t.test('explains the variable that Kubernetes sets for a Service called ortolan', (t) => {
  t.match(faultOf(t, {}, { env: { ORTOLAN_PORT: 'tcp://10.0.0.1:8000' } }), /enableServiceLinks: false/);
  t.end();
});

t.test('warns once of all other variables of Kubernetes service links', (t) => {
  const env = {
    ORTOLAN_SERVICE_HOST: '10.0.0.1',
    ORTOLAN_SERVICE_PORT_HTTP: '8000',
    ORTOLAN_PORT_8000_TCP_ADDR: '10.0.0.1',
  };
  const { warnings } = load(t, {}, { env });
  t.equal(warnings.length, 1);
  t.match(warnings[0], /^3 variables such as ORTOLAN_SERVICE_HOST .*enableServiceLinks/);
  t.end();
});

t.test('gives the wide sessions as many threads as there are workers, and not more than cores', (t) => {
  t.equal(load(t, {}).config.wideThreads, 2);
  t.equal(
    load(t, {}, { flags: { workers: '1' } }).config.wideThreads,
    1,
    'the other core is left to other programs',
  );
  t.equal(load(t, {}, { flags: { workers: '3' } }).config.wideThreads, 2);
  t.equal(load(t, {}, { flags: { wideThreads: '1' } }).config.wideThreads, 1);
  t.end();
});

t.test('has a default latency objective for models that set none', (t) => {
  t.equal(load(t, {}).config.sloP99Ms, 200);
  t.equal(load(t, {}, { env: { ORTOLAN_SLO_P99_MS: '12.5' } }).config.sloP99Ms, 12.5);
  t.match(faultOf(t, {}, { env: { ORTOLAN_SLO_P99_MS: '0' } }), /sloP99Ms: ORTOLAN_SLO_P99_MS says 0/);
  t.end();
});

t.test('warns of more workers than cores', (t) => {
  t.match(load(t, {}, { flags: { workers: '3' } }).warnings, [/workers is 3, but 2 can run at once/]);
  t.end();
});

t.test('refuses a byte budget below the largest body size', (t) => {
  const message = faultOf(t, {}, { flags: { maxInFlightBytes: '1MiB' } });
  t.match(message, /maxInFlightBytes: --max-in-flight-bytes says 1 MiB, but it must hold .* 28 MiB/);
  t.end();
});

for (const [title, content, pattern] of [
  ['is not JSON', '{"port": }', /is not valid JSON/],
  ['is not an object', '[]', /must hold one JSON object/],
] as const) {
  t.test(`refuses a config file that ${title}`, (t) => {
    t.match(faultOf(t, { 'ortolan.json': content }), pattern);
    t.end();
  });
}

t.test('refuses a missing config file that is named', (t) => {
  t.match(faultOf(t, {}, { flags: { config: 'none.json' } }), /none\.json is named as the config file/);
  t.end();
});

t.test('accepts a $schema key in the config file', (t) => {
  t.equal(load(t, { 'ortolan.json': '{"$schema": "x", "port": 5}' }).config.port, 5);
  t.end();
});

t.test('gives a configuration that cannot be changed', (t) => {
  const { config } = load(t, {});
  t.throws(() => Object.assign(config, { port: 1 }), TypeError);
  t.end();
});
