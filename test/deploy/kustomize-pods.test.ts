/** Permissions, probes and termination of every shipped pod. */
import t from 'tap';
import { ROUTES } from '../../src/root/routes.ts';
import { buildAll, withoutKustomize } from '../support/cluster/build.ts';
import { environmentOf, podOf } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;
const built = skip === false ? buildAll(t.testdir()) : [];
/** Seconds to stop threads and write last lines. */
const SLACK_S = 2;

t.test('pods keep the restricted profile, on a root that is read-only', { skip }, async (t) => {
  for (const [title, objects] of built) {
    const { pod, container } = podOf(objects);
    t.strictSame(
      container.securityContext,
      { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
      title,
    );
    t.match(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65_532,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    t.strictSame([pod.hostNetwork, pod.hostPID, pod.hostIPC], [undefined, undefined, undefined], title);
  }
});

t.test('pods get no token, and no variable for each Service', { skip }, async (t) => {
  for (const [title, objects] of built) {
    t.match(
      podOf(objects).pod,
      { automountServiceAccountToken: false, enableServiceLinks: false, serviceAccountName: 'ml-api' },
      title,
    );
  }
});

t.test('every volume is mounted, and one that is empty has a size', { skip }, async (t) => {
  for (const [title, objects] of built) {
    const { pod, container } = podOf(objects);
    const volumes = pod.volumes ?? [];
    t.strictSame(
      volumes.map(({ name }) => name).toSorted(),
      (container.volumeMounts ?? []).map(({ name }) => name).toSorted(),
      title,
    );
    for (const { name, emptyDir, image, persistentVolumeClaim: claim, secret, configMap } of volumes) {
      t.ok(emptyDir?.sizeLimit ?? image ?? claim ?? secret ?? configMap, `${title}: ${name}`);
    }
  }
});

t.test('every pod has requests and limits of CPU and memory', { skip }, async (t) => {
  const both = { cpu: String, memory: String };
  for (const [title, objects] of built) {
    t.match(podOf(objects).container.resources, { requests: both, limits: both }, title);
  }
});

t.test('probes use the health routes of the server, on its port', { skip }, async (t) => {
  const routes = Object.values(ROUTES).filter(({ quiet }) => quiet);
  for (const [title, objects] of built) {
    const { container } = podOf(objects);
    const { ORTOLAN_PORT: port } = environmentOf(objects, container);
    t.match(container.ports, [{ name: 'http', containerPort: Number(port) }], title);
    for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      const get = container[kind]?.httpGet;
      t.strictSame([get?.port, get?.host], ['http', undefined], `${title}: ${kind}`);
      t.ok(
        routes.some(({ pattern }) => pattern === get?.path),
        `${title}: ${kind} asks ${get?.path}`,
      );
    }
  }
});

t.test('the cache lies in a volume', { skip }, async (t) => {
  for (const [title, objects] of built) {
    const { container } = podOf(objects);
    const { ORTOLAN_CACHE_DIR: cache } = environmentOf(objects, container);
    t.ok(
      container.volumeMounts?.some(({ mountPath }) => mountPath === cache),
      title,
    );
  }
});

t.test(
  'the grace period covers sleep and drain, and half of the drain the longest request',
  { skip },
  async (t) => {
    for (const [title, objects] of built) {
      const { pod, container } = podOf(objects);
      const environment = environmentOf(objects, container);
      const drain = Number(environment['ORTOLAN_DRAIN_DEADLINE_MS']) / 1000;
      const longest = Number(environment['ORTOLAN_MAX_TIMEOUT_MS']) / 1000;
      const sleep = container.lifecycle?.preStop?.sleep?.seconds;
      t.ok(drain / 2 >= longest, `${title}: a request of ${longest} s in a drain of ${drain} s`);
      t.ok(pod.terminationGracePeriodSeconds! >= sleep! + drain + SLACK_S, title);
    }
  },
);
