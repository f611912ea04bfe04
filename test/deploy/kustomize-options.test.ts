/** The ConfigMap is valid configuration: the loader of the server reads it. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { loadConfig } from '../../src/config/load.ts';
import { envOf } from '../../src/config/names.ts';
import { factsOf, OPTION_NAMES } from '../../src/config/schema.ts';
import { buildOverlay, buildWith, COMPONENTS, OVERLAYS, withoutKustomize } from '../support/cluster/build.ts';
import { environmentOf, theOnly, type Manifest } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;

/** A pod with the limits of the base. */
const POD = { cores: 1, coresFrom: 'cpu quota 1', memoryBytes: 1024 ** 3, memoryFrom: 'memory limit' };

const environment = (objects: readonly Manifest[]): Record<string, string> =>
  environmentOf(objects, theOnly(objects, 'Deployment').spec!.template.spec!.containers[0]!);

/** The files that a Secret brings, with a value that the option takes. */
function withSecretFiles(env: Record<string, string>, folder: string): Record<string, string> {
  const variable = 'ORTOLAN_RATE_LIMIT_REDIS_URL_FILE';
  if (env[variable] === undefined) return env;
  const file = `${folder}/redis-url`;
  writeFileSync(file, 'redis://localhost', { mode: 0o400 });
  return { ...env, [variable]: file };
}

const load = (objects: readonly Manifest[], cwd: string) =>
  loadConfig({ flags: {}, env: environment(objects), cwd, machine: POD });

for (const name of OVERLAYS) {
  t.test(`the server accepts every option of the overlay ${name}`, { skip }, (t) => {
    const objects = buildOverlay(name);
    const { warnings, sources } = load(objects, t.testdir());
    t.strictSame(warnings, []);
    t.equal(sources.host.name, 'ORTOLAN_HOST');
    t.strictSame(
      Object.keys(environment(objects)).filter(
        (key) => !OPTION_NAMES.some((option) => envOf(option) === key),
      ),
      [],
      'every key is an option',
    );
    t.end();
  });
}

for (const name of COMPONENTS) {
  t.test(`the server accepts every option of the component ${name}`, { skip }, (t) => {
    const folder = t.testdir({ empty: {} });
    const given = withSecretFiles(environment(buildWith([name], folder)), folder);
    t.strictSame(loadConfig({ flags: {}, env: given, cwd: `${folder}/empty`, machine: POD }).warnings, []);
    t.end();
  });
}

t.test('an unknown option or a bad value is reported', { skip }, (t) => {
  const folder = t.testdir();
  const objects = structuredClone(buildOverlay('dev'));
  const { data } = theOnly(objects, 'ConfigMap') as unknown as { data: Record<string, string> };
  data['ORTOLAN_PROT'] = '8000';
  t.match(load(objects, folder).warnings, [/ORTOLAN_PROT .* is no option/]);
  data['ORTOLAN_PORT'] = 'http';
  t.throws(() => load(objects, folder), /ORTOLAN_PORT says "http"/);
  t.end();
});

t.test('a pod differs from the defaults only where it must', { skip }, (t) => {
  const folder = t.testdir({ base: {}, empty: {} });
  const { config } = load(buildWith([], `${folder}/base`), `${folder}/empty`);
  const different = OPTION_NAMES.filter((name) => {
    const value = factsOf(name).default;
    return (
      factsOf(name).path !== true &&
      value !== undefined &&
      JSON.stringify(value) !== JSON.stringify(config[name])
    );
  });
  t.strictSame(different, ['host', 'drainDeadlineMs']);
  t.match(config, { host: '0.0.0.0', cacheDir: '/var/cache/ortolan', drainDeadlineMs: 60_000, workers: 1 });
  t.end();
});
