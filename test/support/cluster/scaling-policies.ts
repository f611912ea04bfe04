/** What is promised of rollouts and autoscalers: no gap, one master, and numbers that belong together. */
import { ofKind, titleOf, workloads, type Manifest } from './manifest.ts';
import type { Policy } from './policy.ts';

interface Scaler {
  readonly title: string;
  readonly target: string;
  readonly least: number;
  readonly most: number;
  /** Containers whose use is measured. */
  readonly containers: readonly string[];
}

export const SCALING_POLICIES: readonly Policy[] = [
  {
    name: 'rollout',
    breaches: (objects) =>
      ofKind(objects, 'Deployment')
        .filter(({ spec }) => {
          const rolling = spec?.strategy?.rollingUpdate;
          return Number(rolling?.maxUnavailable ?? Number.NaN) !== 0 || !(Number(rolling?.maxSurge) >= 1);
        })
        .map((object) => `${titleOf(object)} takes a pod away before its successor is ready`),
  },
  {
    name: 'scale-target',
    breaches: (objects) =>
      scalers(objects).flatMap(({ title, target, least, most, containers }) => {
        const workload = workloads(objects).find(({ name }) => name === target);
        if (workload === undefined) return [`${title} scales ${target}, which is not there`];
        const strangers = containers.filter((name) => !workload.containers.some((one) => one.name === name));
        return [
          ...strangers.map((name) => `${title} measures container ${name}, which is not there`),
          ...(least <= most ? [] : [`${title} has a minimum above its maximum`]),
        ];
      }),
  },
  {
    name: 'one-scaler',
    breaches: (objects) =>
      [...Map.groupBy(scalers(objects), ({ target }) => target)]
        .filter(([, all]) => all.length > 1)
        .map(([target, all]) => `${target} is scaled by ${all.map(({ title }) => title).join(' and ')}`),
  },
  {
    name: 'replicas',
    breaches: (objects) =>
      ofKind(objects, 'Deployment')
        .filter(({ metadata, spec }) => {
          const scaled = scalers(objects).some(({ target }) => target === metadata.name);
          return scaled && spec?.replicas !== undefined;
        })
        .map((object) => `${titleOf(object)} sets replicas, which an autoscaler owns`),
  },
  {
    name: 'spread',
    breaches: (objects) =>
      workloads(objects)
        .filter(({ pod }) => (pod.topologySpreadConstraints ?? []).length === 0)
        .map(({ title }) => `${title} is not spread over nodes`),
  },
  {
    name: 'idle-signal',
    breaches: (objects) =>
      ofKind(objects, 'ScaledObject')
        .filter(({ spec }) => {
          const queries = spec.triggers.filter(({ type }) => type === 'prometheus');
          const reachesZero = spec.minReplicaCount === 0;
          return queries.some(({ metadata }) => metadata['ignoreNullValues'] !== String(reachesZero));
        })
        .map((object) => `${titleOf(object)}: no series is a zero exactly where there may be no pod`),
  },
];

function scalers(objects: readonly Manifest[]): Scaler[] {
  return [
    ...ofKind(objects, 'HorizontalPodAutoscaler').map((hpa) => ({
      title: titleOf(hpa),
      target: hpa.spec.scaleTargetRef.name,
      least: hpa.spec.minReplicas ?? 1,
      most: hpa.spec.maxReplicas,
      containers: (hpa.spec.metrics ?? []).flatMap(
        ({ containerResource }) => containerResource?.container ?? [],
      ),
    })),
    ...ofKind(objects, 'ScaledObject').map((scaled) => ({
      title: titleOf(scaled),
      target: scaled.spec.scaleTargetRef.name,
      least: scaled.spec.minReplicaCount ?? 0,
      most: scaled.spec.maxReplicaCount ?? 100,
      containers: scaled.spec.triggers.flatMap(({ metadata }) => metadata['containerName'] ?? []),
    })),
  ];
}
