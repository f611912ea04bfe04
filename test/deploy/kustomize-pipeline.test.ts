/** The pipeline in a cluster: what its pod may do, that what it mounts is there, and that its trainers mount the same. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { buildWith, withoutKustomize } from '../support/cluster/build.ts';
import { ofKind, podOf, theOnly } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;
const objects = skip === false ? buildWith(['pipeline'], t.testdir()) : [];

interface Volume {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
}
const claimsOf = (volumes: readonly Volume[]): string[] =>
  volumes.flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);

t.test(
  'its pod keeps the restricted profile, with limits and a token for Jobs alone',
  { skip },
  async (t) => {
    const { spec: pod } = theOnly(objects, 'CronJob').spec.jobTemplate.spec!.template;
    const [container] = pod!.containers;
    t.match(pod, {
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      serviceAccountName: 'ml-api-pipeline',
      securityContext: { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } },
    });
    t.match(container, {
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      resources: { requests: { cpu: String, memory: String }, limits: { cpu: String, memory: String } },
    });
    t.equal(container!.image, podOf(objects).container.image, 'the image of the server, of its version');
    t.strictSame(theOnly(objects, 'Role').rules, [
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'delete'] },
    ]);
  },
);

t.test('every volume is mounted, and every claim is there, for its trainers too', { skip }, async (t) => {
  const pod = theOnly(objects, 'CronJob').spec.jobTemplate.spec!.template.spec!;
  t.strictSame(
    pod.volumes!.map(({ name }) => name).toSorted(),
    pod.containers[0]!.volumeMounts!.map(({ name }) => name).toSorted(),
  );
  const { spec } = JSON.parse(readFileSync('models/retrain/kubernetes/job.json', 'utf8')) as {
    spec: { template: { spec: { volumes: Volume[] } } };
  };
  const there = ofKind(objects, 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  for (const claim of [...claimsOf(pod.volumes!), ...claimsOf(spec.template.spec.volumes)])
    t.ok(there.includes(claim), claim);
});
