/** The settings in compose.yaml, and that Docker's own parser accepts it, where installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { ENV_NAMES } from '../../src/config/names.ts';
import { factsOf } from '../../src/config/schema.ts';

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly deploy: { readonly resources: { readonly limits: Readonly<Record<string, unknown>> } };
}

interface Compose {
  readonly version?: unknown;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const FILE = 'compose.yaml';
const TEXT = readFileSync(FILE, 'utf8');
const COMPOSE = parse(TEXT, { merge: true }) as Compose;
const SERVICES = Object.entries(COMPOSE.services);
const DOCKERFILE = readFileSync('Dockerfile', 'utf8');

t.test('the services listen on their ports, on the loopback only', async (t) => {
  const published = Object.fromEntries(SERVICES.map(([name, { ports }]) => [name, ports]));
  const local = (port: number): string[] => [`\${BIND_ADDRESS:-127.0.0.1}:${port}:${port}`];
  t.strictSame(published, {
    api: local(8000),
    prometheus: local(9090),
    grafana: local(3000),
    jaeger: local(16686),
  });
  t.strictSame(COMPOSE.services['jaeger']!.profiles, ['tracing'], 'Jaeger only when it is asked for');
  t.equal(COMPOSE.version, undefined, 'the key is obsolete');
});

for (const [name, service] of SERVICES) {
  t.test(`${name} is pinned, limited and restricted`, async (t) => {
    if (service.build === undefined) t.match(service.image, /^[\w./-]+:v?\d+\.\d+\.\d+$/);
    else t.match(service.image, /:local$/);
    for (const limit of ['cpus', 'memory', 'pids']) t.ok(service.deploy.resources.limits[limit], limit);
    t.equal(service.read_only, true);
    t.strictSame(service.cap_drop, ['ALL']);
    t.strictSame(service.security_opt, ['no-new-privileges:true']);
  });

  t.test(`${name} is given no secret`, async (t) => {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      t.notMatch(variable, /PASSWORD|SECRET|TOKEN|_KEY$/);
      t.type(value, 'string', `${variable}: YAML must not turn it into something else`);
    }
  });

  t.test(`${name} waits until its dependencies are healthy`, async (t) => {
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      t.equal(condition, 'service_healthy');
      t.ok(COMPOSE.services[needed]?.healthcheck, `${needed} can be asked`);
      t.equal(COMPOSE.services[needed]?.profiles, undefined, `${needed} is always there`);
    }
    const check = service.healthcheck?.test;
    if (check !== undefined) t.equal(check[0], 'CMD', 'needs no shell');
  });

  t.test(`${name} keeps its data in declared volumes`, async (t) => {
    for (const volume of service.volumes ?? []) {
      const [source = '', , mode] = volume.split(':');
      if (source.startsWith('./')) t.equal(mode, 'ro', `${source} is only read`);
      else t.ok(source in COMPOSE.volumes, source);
    }
  });
}

t.test('starts in order: the server, then Prometheus, then Grafana', async (t) => {
  const needs = (name: string): string[] => Object.keys(COMPOSE.services[name]!.depends_on ?? {});
  t.strictSame(['api', 'prometheus', 'grafana'].map(needs), [[], ['api'], ['prometheus']]);
});

t.test('the server gets valid options, and paths that exist in the image', async (t) => {
  const { environment = {}, volumes = [], healthcheck } = COMPOSE.services['api']!;
  for (const name of Object.keys(environment).filter((one) => one.startsWith('ORTOLAN_'))) {
    t.ok(ENV_NAMES.includes(name), name);
  }
  t.equal(environment['ORTOLAN_PORT'], String(factsOf('port').default));
  const cache = environment['ORTOLAN_CACHE_DIR']!;
  t.match(DOCKERFILE, `ORTOLAN_CACHE_DIR=${cache} `);
  t.ok(volumes.includes(`cache:${cache}`));
  t.ok(volumes.includes(`./models:${environment['ORTOLAN_MODELS']}:ro`));
  const [, check] = /HEALTHCHECK[\s\S]*?CMD (\[.*\])/.exec(DOCKERFILE)!;
  t.strictSame(healthcheck!.test, ['CMD', ...(JSON.parse(check!) as string[]), '--ready']);
});

t.test('a stop has more time than the server needs to drain', async (t) => {
  const seconds = Number(/^(\d+)s$/.exec(COMPOSE.services['api']!.stop_grace_period!)![1]);
  t.ok(seconds * 1000 >= Number(factsOf('drainDeadlineMs').default) + 10_000);
});

t.test('Grafana has anonymous read access and no login', async (t) => {
  t.match(COMPOSE.services['grafana']!.environment, {
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_AUTH_DISABLE_LOGIN_FORM: 'true',
    GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION: 'true',
  });
});

t.test('mounted files are in the repository', async (t) => {
  const mounted = SERVICES.flatMap(([, { volumes = [] }]) => volumes)
    .map((volume) => volume.split(':')[0]!)
    .filter((source) => source.startsWith('./'));
  t.ok(mounted.length > 0);
  for (const source of mounted) t.ok(existsSync(source), source);
});

/** `docker compose` or the standalone program; version 2, because version 1 has another file format. */
function composeProgram(): readonly string[] | undefined {
  const candidates = [['docker', 'compose'], ['docker-compose']] as const;
  return candidates.find(([file, ...words]) => {
    const { status, stdout } = spawnSync(file, [...words, 'version', '--short'], { encoding: 'utf8' });
    return status === 0 && /^v?[2-9]/.test(stdout);
  });
}

const program = composeProgram();
const skip = program === undefined && 'there is no docker compose of version 2 on this machine';
for (const files of [[FILE], [FILE, 'compose.gpu.yaml'], [FILE, 'compose.webgpu.yaml']]) {
  t.test(`docker compose accepts ${files.join(' with ')}`, { skip }, async (t) => {
    const [file, ...words] = program!;
    const args = [
      ...words,
      ...files.flatMap((one) => ['-f', one]),
      '--profile',
      'tracing',
      'config',
      '--quiet',
    ];
    const { status, stderr } = spawnSync(file!, args, { encoding: 'utf8' });
    t.equal(status, 0, stderr);
    t.equal(stderr, '', 'without a warning');
  });
}
