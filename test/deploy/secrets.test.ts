/** Secrets reach the server as files, which only it reads, and never as variables. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { optionOfEnv } from '../../src/config/names.ts';
import { faultOfMode } from '../../src/config/secrets/key-file.ts';
import { factsOf } from '../../src/config/schema.ts';
import { buildWith, withoutKustomize } from '../support/cluster/build.ts';
import { environmentOf, ofKind, podOf, theOnly, type Loose } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;

const COMPONENTS: Readonly<Record<string, readonly [variable: string, secret: string]>> = {
  'api-keys': ['ORTOLAN_API_KEYS_FILE', 'ml-api-keys'],
  'shared-limits': ['ORTOLAN_RATE_LIMIT_REDIS_URL_FILE', 'ml-api-redis'],
};

t.test(
  'components mount a Secret where the option says, for the group of the pod alone',
  { skip },
  async (t) => {
    for (const [component, [variable, secretName]] of Object.entries(COMPONENTS)) {
      const objects = buildWith([component], t.testdir());
      const { container } = podOf(objects);
      const environment = environmentOf(objects, container);
      const deployment = theOnly(objects, 'Deployment') as unknown as Loose;
      const volumes = deployment.spec.template.spec.volumes as { name: string; secret?: Loose }[];
      const volume = volumes.find(({ secret }) => secret?.secretName === secretName)!;
      const mount = container.volumeMounts?.find(({ name }) => name === volume.name);
      t.equal(dirname(environment[variable]!), mount?.mountPath, component);
      t.equal((mount as unknown as Loose).subPath, undefined, 'a single file would never change');
      const mode = Number(volume.secret.defaultMode);
      t.equal(faultOfMode(mode, 'private'), undefined, component);
      t.equal(mode & 0o040, 0o040, 'fsGroup');
      for (const name of Object.keys(environment)) {
        const option = optionOfEnv.get(name);
        t.notOk(option !== undefined && factsOf(option).secret, `${name} is no secret`);
      }
    }
  },
);

t.test('only the server reaches Redis, and it reaches it through its own policy', { skip }, async (t) => {
  const objects = buildWith(['network-policy', 'shared-limits'], t.testdir());
  const policies = new Map(
    ofKind(objects, 'NetworkPolicy').map((policy) => [policy.metadata.name, policy as unknown as Loose]),
  );
  const { labels } = podOf(objects);
  const redis = { matchLabels: { 'app.kubernetes.io/name': 'redis' } };
  const { spec } = policies.get('ml-api-redis');
  t.strictSame(spec.podSelector, redis);
  t.match(labels, spec.ingress[0].from[0].podSelector.matchLabels);
  t.match(policies.get('ml-api').spec.egress.at(-1), {
    to: [{ podSelector: redis }],
    ports: [{ port: 6379 }],
  });
});

t.test('compose gives keys as a secret and keeps the audit log', async (t) => {
  const file = join(import.meta.dirname, '../../compose.secure.yaml');
  const { services, secrets, volumes } = parse(readFileSync(file, 'utf8'));
  const { environment, secrets: used } = services.api;
  t.equal(environment.ORTOLAN_API_KEYS_FILE, `/run/secrets/${used[0]}`);
  t.ok(Object.hasOwn(secrets as object, used[0] as string));
  for (const name of Object.keys(environment as object)) t.ok(optionOfEnv.has(name), name);
  t.ok(dirname(environment.ORTOLAN_AUDIT_LOG as string) === '/var/log/ortolan' && 'audit' in volumes);
});
