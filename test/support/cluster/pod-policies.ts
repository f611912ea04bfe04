/**
 * What is promised of every pod: the restricted profile of Kubernetes' pod security standards, and what that
 * profile leaves out (limits, probes, a read-only root, an end that loses nothing).
 */
import { ROUTES } from '../../../src/root/routes.ts';
import type { IContainer } from 'kubernetes-models/v1';
import { environmentOf, workloads, type Manifest, type Workload } from './manifest.ts';
import type { Policy } from './policy.ts';

const ROOT = 0;
const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const;

/** What the restricted profile takes. */
const VOLUMES = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Seconds to stop threads and write last lines. */
const SLACK_S = 2;

const TAG = /:(\w[\w.-]*)$/;
const DIGEST = /@sha256:[0-9a-f]{64}$/;

export const POD_POLICIES: readonly Policy[] = [
  perPod('no-root', ({ pod }, container) => {
    const own = container.securityContext;
    const user = own?.runAsUser ?? pod.securityContext?.runAsUser;
    const nonRoot = own?.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
    if (nonRoot !== true) return 'runAsNonRoot is not true';
    return user === undefined || user === ROOT ? 'runAsUser is not a user other than root' : undefined;
  }),
  perPod('no-privileges', ({ pod }, { securityContext }) => {
    if (securityContext?.privileged === true) return 'is privileged';
    if (securityContext?.allowPrivilegeEscalation !== false) return 'allows privilege escalation';
    if (securityContext.capabilities?.drop?.includes('ALL') !== true) return 'does not drop ALL capabilities';
    if (securityContext.capabilities.add !== undefined) return 'adds capabilities';
    const seccomp = securityContext.seccompProfile ?? pod.securityContext?.seccompProfile;
    if (!/^(RuntimeDefault|Localhost)$/.test(seccomp?.type ?? '')) return 'has no seccomp profile';
    return pod.hostNetwork || pod.hostPID || pod.hostIPC ? 'shares a namespace of the host' : undefined;
  }),
  perPod('read-only-root', (_, { securityContext }) =>
    securityContext?.readOnlyRootFilesystem === true ? undefined : 'readOnlyRootFilesystem is not true',
  ),
  perPod('limits', (_, { resources }) => {
    for (const side of ['requests', 'limits'] as const) {
      for (const name of ['cpu', 'memory']) {
        if (resources?.[side]?.[name] === undefined) return `has no ${name} in its ${side}`;
      }
    }
    return undefined;
  }),
  perPod('image', (_, { image = '' }) => {
    if (DIGEST.test(image)) return undefined;
    const tag = TAG.exec(image)?.[1];
    return tag === undefined || tag === 'latest' ? `${image} has no version` : undefined;
  }),
  perPod('probes', (_, container) => {
    for (const kind of PROBES) {
      const get = container[kind]?.httpGet;
      if (get === undefined) return `has no ${kind} by HTTP`;
      if (get.host !== undefined) return `${kind} names a host`;
      if (!hasPort(container, get.port))
        return `${kind} asks port ${get.port}, which the container does not name`;
      if (!Object.values(ROUTES).some(({ pattern, quiet }) => quiet && pattern === get.path)) {
        return `${kind} asks ${get.path}, which is no probe of the server`;
      }
    }
    return undefined;
  }),
  perPod('no-token', ({ pod }) => {
    if (pod.automountServiceAccountToken !== false) return 'mounts a service account token';
    if ((pod.serviceAccountName ?? 'default') === 'default') return 'runs under the default account';
    return pod.enableServiceLinks === false ? undefined : 'gets a variable for each Service';
  }),
  perPod('volumes', ({ pod }, { volumeMounts = [] }) => {
    const volumes = new Map((pod.volumes ?? []).map((volume) => [volume.name, volume]));
    for (const volume of volumes.values()) {
      const kind = Object.keys(volume).find((key) => key !== 'name') ?? 'nothing';
      if (!VOLUMES.has(kind)) return `volume ${volume.name} is a ${kind}`;
      if (volume.emptyDir !== undefined && volume.emptyDir.sizeLimit === undefined) {
        return `volume ${volume.name} has no size limit`;
      }
      if (!volumeMounts.some(({ name }) => name === volume.name))
        return `volume ${volume.name} is not mounted`;
    }
    const stray = volumeMounts.find(({ name }) => !volumes.has(name));
    return stray === undefined ? undefined : `mounts ${stray.name}, which is no volume`;
  }),
  perPod('options', (_, container, objects) => {
    const { ORTOLAN_PORT: port, ORTOLAN_CACHE_DIR: cache } = environmentOf(objects, container);
    if (!hasPort(container, Number(port))) return `listens on ${port}, which the container does not name`;
    const mounted = container.volumeMounts?.some(({ mountPath }) => mountPath === cache) === true;
    return mounted ? undefined : `keeps its cache in ${cache}, where no volume is`;
  }),
  perPod('drain', ({ pod }, container, objects) => {
    const environment = environmentOf(objects, container);
    const drain = Number(environment['ORTOLAN_DRAIN_DEADLINE_MS']) / 1000;
    const longest = Number(environment['ORTOLAN_MAX_TIMEOUT_MS']) / 1000;
    const sleep = container.lifecycle?.preStop?.sleep?.seconds;
    const grace = pod.terminationGracePeriodSeconds ?? 30;
    if (sleep === undefined) return 'does not sleep before it stops';
    if (!(drain / 2 >= longest)) return `a request of ${longest} s may outlive half of a drain of ${drain} s`;
    const needed = sleep + drain + SLACK_S;
    return grace >= needed ? undefined : `is killed after ${grace} s, and may need ${needed} s`;
  }),
];

/** A policy of each container of each pod. `complaint` is undefined where all is well. */
function perPod(
  name: string,
  complaint: (workload: Workload, container: IContainer, objects: readonly Manifest[]) => string | undefined,
): Policy {
  return {
    name,
    breaches: (objects) =>
      workloads(objects).flatMap((workload) =>
        workload.containers.flatMap((container) => {
          const found = complaint(workload, container, objects);
          return found === undefined ? [] : [`${workload.title}, container ${container.name}: ${found}`];
        }),
      ),
  };
}

const hasPort = ({ ports = [] }: IContainer, port: string | number): boolean =>
  ports.some(({ name, containerPort }) => name === port || containerPort === port);
