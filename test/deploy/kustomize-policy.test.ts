/** What ships keeps every policy, and each policy notices when it is broken. */
import { join } from 'node:path';
import t from 'tap';
import { buildOverlay, buildWith, COMPONENTS, OVERLAYS, withoutKustomize } from '../support/cluster/build.ts';
import type { Loose, Manifest } from '../support/cluster/manifest.ts';
import { POLICIES, policyComplaints } from '../support/cluster/policies.ts';

const skip = withoutKustomize;

for (const name of OVERLAYS) {
  t.test(`the overlay ${name} keeps every policy`, { skip }, (t) => {
    t.strictSame(policyComplaints(buildOverlay(name)), []);
    t.end();
  });
}

for (const name of COMPONENTS) {
  t.test(`the component ${name} keeps every policy`, { skip }, (t) => {
    t.strictSame(policyComplaints(buildWith([name], t.testdir())), []);
    t.end();
  });
}

type Objects = Record<string, Loose>;

/** For each policy, changes that break it, and nothing else that matters. Keys of the objects are their kinds. */
const BREACHES: Readonly<Record<string, readonly ((objects: Objects) => void)[]>> = {
  'no-root': [
    ({ pod }) => (pod.securityContext.runAsUser = 0),
    ({ pod }) => delete pod.securityContext.runAsUser,
    ({ pod }) => delete pod.securityContext.runAsNonRoot,
    ({ container }) => (container.securityContext.runAsUser = 0),
  ],
  'no-privileges': [
    ({ container }) => (container.securityContext.privileged = true),
    ({ container }) => delete container.securityContext.allowPrivilegeEscalation,
    ({ container }) => (container.securityContext.capabilities = { drop: ['NET_RAW'] }),
    ({ container }) => (container.securityContext.capabilities.add = ['SYS_ADMIN']),
    ({ pod }) => delete pod.securityContext.seccompProfile,
    ({ pod }) => (pod.hostNetwork = true),
  ],
  'read-only-root': [({ container }) => delete container.securityContext.readOnlyRootFilesystem],
  limits: [
    ({ container }) => delete container.resources,
    ({ container }) => delete container.resources.limits.memory,
    ({ container }) => delete container.resources.requests.cpu,
  ],
  image: [
    ({ container }) => (container.image = 'ghcr.io/ortolan/ortolan'),
    ({ container }) => (container.image = 'ghcr.io/ortolan/ortolan:latest'),
    ({ container }) => (container.image = 'localhost:5000/ortolan'),
  ],
  probes: [
    ({ container }) => delete container.readinessProbe,
    ({ container }) => (container.livenessProbe.httpGet.port = 'https'),
    ({ container }) => (container.livenessProbe.httpGet.host = 'example.com'),
    ({ container }) => (container.startupProbe.httpGet.path = '/healthz'),
  ],
  'no-token': [
    ({ pod }) => delete pod.automountServiceAccountToken,
    ({ pod }) => delete pod.serviceAccountName,
    ({ pod }) => delete pod.enableServiceLinks,
  ],
  volumes: [
    ({ pod }) => pod.volumes.splice(0, 1, { name: pod.volumes[0].name, hostPath: { path: '/' } }),
    ({ pod }) => pod.volumes.forEach(({ emptyDir }: Loose) => delete emptyDir?.sizeLimit),
    ({ pod }) => pod.volumes.push({ name: 'stray', emptyDir: { sizeLimit: '1Mi' } }),
    ({ container }) => container.volumeMounts.push({ name: 'stray', mountPath: '/stray' }),
  ],
  options: [
    ({ ConfigMap }) => (ConfigMap.data.ORTOLAN_PORT = '9000'),
    ({ ConfigMap }) => (ConfigMap.data.ORTOLAN_CACHE_DIR = '/root/.cache'),
  ],
  drain: [
    ({ pod }) => (pod.terminationGracePeriodSeconds = 60),
    ({ pod }) => delete pod.terminationGracePeriodSeconds,
    ({ container }) => delete container.lifecycle,
    ({ ConfigMap }) => (ConfigMap.data.ORTOLAN_DRAIN_DEADLINE_MS = '50000'),
    ({ ConfigMap }) => (ConfigMap.data.ORTOLAN_MAX_TIMEOUT_MS = '40000'),
    ({ ConfigMap }) => delete ConfigMap.data.ORTOLAN_DRAIN_DEADLINE_MS,
  ],
  namespace: [
    ({ Service }) => (Service.metadata.namespace = 'default'),
    ({ Service }) => delete Service.metadata.namespace,
    ({ Namespace }) => delete Namespace.metadata.labels['pod-security.kubernetes.io/enforce'],
  ],
  'deployment-selector': [({ Deployment }) => (Deployment.spec.selector.matchLabels.version = '1')],
  service: [
    ({ Service }) => (Service.spec.selector['app.kubernetes.io/name'] = 'other'),
    ({ Service }) => (Service.spec.ports[0].targetPort = 'https'),
  ],
  references: [
    ({ container }) => (container.envFrom[0].configMapRef.name = 'other'),
    ({ pod }) => (pod.serviceAccountName = 'other'),
    ({ PersistentVolumeClaim }) => (PersistentVolumeClaim.metadata.name = 'other'),
  ],
  account: [({ ServiceAccount }) => delete ServiceAccount.automountServiceAccountToken],
  'disruption-budget': [
    ({ PodDisruptionBudget: { spec } }) => (spec.selector.matchLabels = { app: 'other' }),
    ({ PodDisruptionBudget: { spec } }) => (spec.maxUnavailable = 0),
    ({ PodDisruptionBudget }) =>
      (PodDisruptionBudget.spec = { minAvailable: 1, selector: PodDisruptionBudget.spec.selector }),
  ],
  'network-policy': [
    ({ NetworkPolicy }) => (NetworkPolicy.spec.podSelector.matchLabels = { app: 'other' }),
    ({ NetworkPolicy }) => (NetworkPolicy.spec.policyTypes = ['Ingress']),
    ({ NetworkPolicy }) => NetworkPolicy.spec.egress.push({ ports: [{ port: 443 }] }),
    ({ NetworkPolicy }) => delete NetworkPolicy.spec.egress[1].to[0].ipBlock.except,
  ],
  'service-monitor': [
    ({ Service }) => delete Service.metadata.labels['app.kubernetes.io/instance'],
    ({ ServiceMonitor }) => (ServiceMonitor.spec.endpoints[0].port = 'metrics'),
  ],
  'no-secrets': [
    ({ ConfigMap }) => (ConfigMap.data.ORTOLAN_API_KEY = 'abc'),
    ({ container }) => (container.env = [{ name: 'PASSWORD', value: 'abc' }]),
  ],
  size: [({ ConfigMap }) => (ConfigMap.data.more = 'x'.repeat(300_000))],
  rollout: [
    ({ Deployment }) => delete Deployment.spec.strategy,
    ({ Deployment }) => (Deployment.spec.strategy.rollingUpdate.maxUnavailable = '25%'),
    ({ Deployment }) => (Deployment.spec.strategy.rollingUpdate.maxSurge = 0),
  ],
  'scale-target': [
    ({ ScaledObject }) => (ScaledObject.spec.scaleTargetRef.name = 'other'),
    ({ ScaledObject }) => (ScaledObject.spec.minReplicaCount = 9),
    ({ ScaledObject }) => (ScaledObject.spec.triggers[1].metadata.containerName = 'other'),
  ],
  'one-scaler': [
    ({ HorizontalPodAutoscaler }) => (HorizontalPodAutoscaler.spec.scaleTargetRef.name = 'ml-api'),
  ],
  replicas: [({ Deployment }) => (Deployment.spec.replicas = 2)],
  spread: [({ pod }) => delete pod.topologySpreadConstraints],
  'idle-signal': [({ ScaledObject }) => (ScaledObject.spec.minReplicaCount = 0)],
};

t.test('there is a breach for every policy', (t) => {
  t.strictSame(Object.keys(BREACHES).sort(), POLICIES.map(({ name }) => name).sort());
  t.end();
});

t.test('each breach is noticed by its policy', { skip }, (t) => {
  const folder = t.testdir();
  // By KEDA; only the breach of one-scaler brings an HPA too.
  const hpa = buildWith(['hpa'], join(folder, 'hpa')).find(({ kind }) => kind === 'HorizontalPodAutoscaler')!;
  const whole = buildWith(['keda', 'model-volume', 'monitoring', 'network-policy'], join(folder, 'whole'));
  t.strictSame(policyComplaints(whole), []);
  for (const [name, breaches] of Object.entries(BREACHES)) {
    for (const breach of breaches) {
      const objects = structuredClone(name === 'one-scaler' ? [...whole, hpa] : whole);
      breach(byKind(objects));
      const complaints = policyComplaints(objects);
      t.ok(
        complaints.some((complaint) => complaint.startsWith(`${name}: `)),
        `${name}: ${String(breach)}`,
        { complaints },
      );
    }
  }
  t.end();
});

/** Objects by kind, the ones called ml-api first, and the pod and container of the Deployment. */
function byKind(objects: readonly Manifest[]): Objects {
  const ours = objects.toSorted((a, b) => rank(b) - rank(a));
  const found: Objects = Object.fromEntries(ours.map((object) => [object.kind, object]).toReversed());
  const pod = found['Deployment'].spec.template.spec;
  return { ...found, pod, container: pod.containers[0] };
}

const rank = ({ metadata }: Manifest): number => (metadata.name.startsWith('ml-api') ? 1 : 0);
