/** What is promised of objects together: that names and selectors lead somewhere, and that nothing else is let in. */
import { ofKind, titleOf, workloads, type Labels } from './manifest.ts';
import type { Policy } from './policy.ts';

const NAMESPACE = 'ml-serving';
const PSS = 'pod-security.kubernetes.io/enforce';

/** Kinds that live in no namespace. */
const CLUSTER_KINDS = new Set(['Namespace']);

/** `kubectl apply` keeps what it applied in an annotation, and the annotations of an object end here. */
const MAX_APPLIED_BYTES = 262_144;

const SECRET_LOOKING = /key|token|secret|password|credential/i;

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly unknown[];
}

export const CLUSTER_POLICIES: readonly Policy[] = [
  {
    name: 'namespace',
    breaches: (objects) => [
      ...objects
        .filter(({ kind, metadata }) => !CLUSTER_KINDS.has(kind) && metadata.namespace !== NAMESPACE)
        .map((object) => `${titleOf(object)} is not in ${NAMESPACE}`),
      ...ofKind(objects, 'Namespace')
        .filter(({ metadata }) => metadata.name !== NAMESPACE || metadata.labels?.[PSS] !== 'restricted')
        .map((object) => `${titleOf(object)} does not enforce the restricted profile`),
    ],
  },
  {
    name: 'deployment-selector',
    breaches: (objects) =>
      ofKind(objects, 'Deployment')
        .filter(({ spec }) => !selects(spec!.selector as Selector, spec!.template.metadata?.labels ?? {}))
        .map((object) => `${titleOf(object)} does not select its own pods`),
  },
  {
    name: 'service',
    breaches: (objects) =>
      ofKind(objects, 'Service').flatMap((service) => {
        const targets = workloads(objects).filter(({ labels }) =>
          selects({ matchLabels: service.spec?.selector ?? {} }, labels),
        );
        if (targets.length !== 1) return [`${titleOf(service)} selects ${targets.length} workloads`];
        const ports = targets[0]!.containers.flatMap((container) => container.ports ?? []);
        return (service.spec?.ports ?? [])
          .map(({ port, targetPort }) => targetPort ?? port)
          .filter((to) => !ports.some(({ name, containerPort }) => name === to || containerPort === to))
          .map((to) => `${titleOf(service)} sends to port ${to}, which no container names`);
      }),
  },
  {
    name: 'references',
    breaches: (objects) =>
      workloads(objects).flatMap(({ title, pod, containers }) =>
        [
          ...containers.flatMap(({ envFrom = [] }) =>
            envFrom.map(({ configMapRef }) => `ConfigMap ${configMapRef?.name}`),
          ),
          `ServiceAccount ${pod.serviceAccountName}`,
          ...(pod.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
            claim === undefined ? [] : [`PersistentVolumeClaim ${claim.claimName}`],
          ),
        ]
          .filter((name) => !objects.some((object) => titleOf(object) === name))
          .map((name) => `${title} names ${name}, which is not there`),
      ),
  },
  {
    name: 'account',
    breaches: (objects) =>
      ofKind(objects, 'ServiceAccount')
        .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
        .map((object) => `${titleOf(object)} gives its token to every pod`),
  },
  {
    name: 'disruption-budget',
    breaches: (objects) =>
      workloads(objects).flatMap(({ title, labels }) => {
        const budgets = ofKind(objects, 'PodDisruptionBudget').filter(({ spec }) =>
          selects(spec?.selector as Selector, labels),
        );
        const [budget] = budgets;
        if (budget === undefined || budgets.length > 1) return [`${title} has ${budgets.length} budgets`];
        // minAvailable is no floor that an autoscaler keeps: at one replica it would forbid every drain.
        const { minAvailable, maxUnavailable } = budget.spec!;
        const sane = minAvailable === undefined && Number(maxUnavailable) >= 1;
        return sane ? [] : [`${titleOf(budget)} may forbid every drain`];
      }),
  },
  {
    name: 'network-policy',
    breaches: (objects) => {
      const policies = ofKind(objects, 'NetworkPolicy');
      if (policies.length === 0) return [];
      return [
        ...workloads(objects).flatMap(({ title, labels }) =>
          (['Ingress', 'Egress'] as const)
            .filter(
              (type) =>
                !policies.some(
                  ({ spec }) =>
                    Object.keys(spec!.podSelector?.matchLabels ?? {}).length > 0 &&
                    selects(spec!.podSelector, labels) &&
                    spec!.policyTypes?.includes(type) === true,
                ),
            )
            .map((type) => `${title} has no ${type} policy of its own`),
        ),
        ...policies
          .flatMap((policy) => (policy.spec?.egress ?? []).map((rule) => ({ policy, rule })))
          .filter(({ rule }) => (rule.to ?? []).length === 0)
          .map(({ policy }) => `${titleOf(policy)} lets pods out to anywhere`),
        ...policies
          .flatMap((policy) =>
            (policy.spec?.egress ?? []).flatMap(({ to = [] }) => to.map((peer) => ({ policy, peer }))),
          )
          .filter(
            ({ peer: { ipBlock } }) =>
              ipBlock?.cidr === '0.0.0.0/0' && ipBlock.except?.includes('169.254.0.0/16') !== true,
          )
          .map(({ policy }) => `${titleOf(policy)} lets pods out to the metadata service`),
      ];
    },
  },
  {
    name: 'service-monitor',
    breaches: (objects) =>
      ofKind(objects, 'ServiceMonitor').flatMap((monitor) => {
        const services = ofKind(objects, 'Service').filter(({ metadata }) =>
          selects(monitor.spec.selector as Selector, metadata.labels ?? {}),
        );
        if (services.length !== 1) return [`${titleOf(monitor)} selects ${services.length} Services`];
        const ports = (services[0]!.spec?.ports ?? []).map(({ name }) => name);
        return (monitor.spec.endpoints ?? [])
          .filter(({ port }) => !ports.includes(port))
          .map(({ port }) => `${titleOf(monitor)} scrapes port ${port}, which its Service has not`);
      }),
  },
  {
    name: 'no-secrets',
    breaches: (objects) => [
      ...ofKind(objects, 'ConfigMap').flatMap((map) =>
        Object.keys(map.data ?? {})
          .filter((key) => SECRET_LOOKING.test(key))
          .map((key) => `${titleOf(map)} holds ${key}`),
      ),
      ...workloads(objects).flatMap(({ title, containers }) =>
        containers
          .flatMap(({ env = [] }) => env)
          .filter(({ name, value }) => value !== undefined && SECRET_LOOKING.test(name))
          .map(({ name }) => `${title} sets ${name} in the open`),
      ),
    ],
  },
  {
    name: 'size',
    breaches: (objects) =>
      objects
        .map((object) => ({ object, bytes: Buffer.byteLength(JSON.stringify(object)) }))
        .filter(({ bytes }) => bytes > MAX_APPLIED_BYTES)
        .map(({ object, bytes }) => `${titleOf(object)} is too large to apply: ${bytes} bytes`),
  },
];

/** Whether a selector of labels takes them; one by expressions is none of ours, and one that is empty takes all. */
function selects(selector: Selector | undefined, labels: Labels): boolean {
  if (selector === undefined || selector.matchExpressions !== undefined) return false;
  return Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}
