/** Shipped objects are consistent: names and selectors have targets, and one autoscaler is in control. */
import t from 'tap';
import { buildAll, withoutKustomize } from '../support/cluster/build.ts';
import { ofKind, podOf, theOnly, titleOf, type Labels, type Manifest } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;
const built = skip === false ? buildAll(t.testdir()) : [];

/** `kubectl apply` keeps what it applied in an annotation, and the annotations of an object end here. */
const MAX_APPLIED_BYTES = 262_144;

/** Whether a selector takes these labels; an empty one takes all. */
const selects = (selector: Labels | undefined, labels: Labels | undefined): boolean =>
  selector !== undefined && Object.entries(selector).every(([key, value]) => labels?.[key] === value);

t.test(
  'all objects are in the namespace, which allows only pods of the restricted profile',
  { skip },
  async (t) => {
    for (const [title, objects] of built) {
      const { name, labels } = theOnly(objects, 'Namespace').metadata;
      t.equal(labels?.['pod-security.kubernetes.io/enforce'], 'restricted', title);
      for (const object of objects.filter(({ kind }) => kind !== 'Namespace')) {
        t.equal(object.metadata.namespace, name, `${title}: ${titleOf(object)}`);
      }
    }
  },
);

t.test('the Deployment, its Service and its disruption budget select its pods', { skip }, async (t) => {
  for (const [title, objects] of built) {
    const { labels, container } = podOf(objects);
    t.ok(selects(theOnly(objects, 'Deployment').spec?.selector.matchLabels, labels), title);
    const { spec: service } = theOnly(objects, 'Service');
    t.ok(selects(service?.selector, labels), title);
    t.equal(service?.ports?.[0]?.targetPort, container.ports?.[0]?.name, title);
    const { spec: budget } = theOnly(objects, 'PodDisruptionBudget');
    t.ok(selects(budget?.selector?.matchLabels, labels), title);
    // minAvailable would forbid every drain of a node where the autoscaler has left one pod.
    t.strictSame([budget?.minAvailable, budget?.maxUnavailable], [undefined, 1], title);
  }
});

t.test('objects that the pod refers to exist', { skip }, async (t) => {
  for (const [title, objects] of built) {
    const { pod, container } = podOf(objects);
    const claims = (pod.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => claim?.claimName ?? []);
    const named = [
      `ServiceAccount ${pod.serviceAccountName}`,
      ...(container.envFrom ?? []).map(({ configMapRef }) => `ConfigMap ${configMapRef?.name}`),
      ...claims.map((name) => `PersistentVolumeClaim ${name}`),
    ];
    const there = objects.map(titleOf);
    t.strictSame(
      named.filter((name) => !there.includes(name)),
      [],
      title,
    );
    for (const account of ofKind(objects, 'ServiceAccount'))
      t.equal(account.automountServiceAccountToken, false, `${title}: ${account.metadata.name}`);
  }
});

t.test('a ServiceMonitor selects the Service, and a port that it has', { skip }, async (t) => {
  const monitored = built.filter(([, objects]) => ofKind(objects, 'ServiceMonitor').length > 0);
  t.ok(monitored.length > 0);
  for (const [title, objects] of monitored) {
    const { spec } = theOnly(objects, 'ServiceMonitor');
    const service = theOnly(objects, 'Service');
    t.ok(selects(spec.selector.matchLabels, service.metadata.labels), title);
    t.equal(spec.endpoints[0]?.port, service.spec?.ports?.[0]?.name, title);
  }
});

t.test(
  'network policies apply in both directions, and allow egress to named targets only',
  { skip },
  async (t) => {
    const closed = built.filter(([, objects]) =>
      ofKind(objects, 'NetworkPolicy').some(({ metadata }) => metadata.name === 'ml-api'),
    );
    t.ok(closed.length > 0);
    for (const [title, objects] of closed) {
      const policy = ofKind(objects, 'NetworkPolicy').find(({ metadata }) => metadata.name === 'ml-api')!;
      t.ok(selects(policy.spec?.podSelector?.matchLabels, podOf(objects).labels), title);
      t.strictSame(policy.spec?.policyTypes, ['Ingress', 'Egress']);
      for (const { to = [] } of policy.spec?.egress ?? []) {
        t.ok(to.length > 0, `${title}: a rule without \`to\` lets pods out to anywhere`);
        const all = to.find(({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0')?.ipBlock;
        // The metadata service of clouds.
        if (all !== undefined) t.ok(all.except?.includes('169.254.0.0/16'), title);
      }
    }
  },
);

interface Scaler {
  readonly target: string;
  readonly containers: readonly string[];
}

const scalersOf = (objects: readonly Manifest[]): Scaler[] => [
  ...ofKind(objects, 'HorizontalPodAutoscaler').map(({ spec }) => ({
    target: spec.scaleTargetRef.name,
    containers: (spec.metrics ?? []).flatMap(({ containerResource }) => containerResource?.container ?? []),
  })),
  ...ofKind(objects, 'ScaledObject').map(({ spec }) => ({
    target: spec.scaleTargetRef.name,
    containers: spec.triggers.flatMap(({ metadata }) => metadata['containerName'] ?? []),
  })),
];

t.test(
  'at most one autoscaler controls the number of pods, and measures one of their containers',
  { skip },
  async (t) => {
    for (const [title, objects] of built) {
      const scalers = scalersOf(objects);
      t.ok(scalers.length <= 1, title);
      const deployment = theOnly(objects, 'Deployment');
      t.equal(deployment.spec?.replicas, undefined, `${title}: \`apply\` would set the number back`);
      for (const { target, containers } of scalers) {
        t.equal(target, deployment.metadata.name, title);
        for (const name of containers) t.equal(name, podOf(objects).container.name, title);
      }
    }
  },
);

t.test('KEDA treats a missing series as zero exactly where there may be no pod', { skip }, async (t) => {
  for (const [title, objects] of built) {
    for (const { spec } of ofKind(objects, 'ScaledObject')) {
      const query = spec.triggers.find(({ type }) => type === 'prometheus');
      t.equal(query?.metadata['ignoreNullValues'], String(spec.minReplicaCount === 0), title);
    }
  }
});

t.test(
  'a rollout removes no pod before its successor is ready, and pods spread over nodes',
  { skip },
  async (t) => {
    for (const [title, objects] of built) {
      t.match(theOnly(objects, 'Deployment').spec, {
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      });
      t.match(
        podOf(objects).pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey),
        ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'],
        title,
      );
    }
  },
);

t.test('every object is small enough to be applied', { skip }, async (t) => {
  for (const [title, objects] of built) {
    for (const object of objects) {
      t.ok(Buffer.byteLength(JSON.stringify(object)) < MAX_APPLIED_BYTES, `${title}: ${titleOf(object)}`);
    }
  }
});
