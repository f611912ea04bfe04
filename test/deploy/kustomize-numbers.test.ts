/** The exact names and numbers that users and other tools rely on. */
import t from 'tap';
import { buildOverlay, buildWith, OVERLAYS, withoutKustomize } from '../support/cluster/build.ts';
import { ofKind, theOnly } from '../support/cluster/manifest.ts';
import { VERSION } from '../../src/version.ts';

const skip = withoutKustomize;

for (const name of OVERLAYS) {
  t.test(`the overlay ${name} has the agreed names`, { skip }, (t) => {
    const objects = buildOverlay(name);
    t.equal(theOnly(objects, 'Namespace').metadata.name, 'ml-serving');
    t.equal(theOnly(objects, 'Deployment').metadata.name, 'ml-api');
    const service = theOnly(objects, 'Service');
    t.match(service, { metadata: { name: 'ml-api-service' }, spec: { type: 'LoadBalancer' } });
    t.match(service.spec?.ports, [{ name: 'http', port: 80, targetPort: 'http' }]);
    const maps = ofKind(objects, 'ConfigMap').filter(({ data }) => data?.['ORTOLAN_HOST'] !== undefined);
    t.match(maps, [{ metadata: { name: 'ml-api-config' } }]);
    const [container] = theOnly(objects, 'Deployment').spec!.template.spec!.containers;
    t.match(container, { name: 'server', ports: [{ name: 'http', containerPort: 8000 }] });
    t.equal(container?.image, `ghcr.io/ortolan/ortolan:${VERSION}${name === 'gpu' ? '-cuda' : ''}`);
    t.end();
  });
}

t.test('dev and production have exactly the documented resources', { skip }, (t) => {
  for (const name of ['dev', 'staging', 'production']) {
    const [container] = theOnly(buildOverlay(name), 'Deployment').spec!.template.spec!.containers;
    t.strictSame(container?.resources, {
      requests: { cpu: '500m', memory: '512Mi' },
      limits: { cpu: '1', memory: '1Gi' },
    });
  }
  t.end();
});

t.test('the HPA is called ml-api-hpa and has exactly the numbers that are agreed', { skip }, (t) => {
  for (const name of ['staging', 'production']) {
    const { metadata, spec } = theOnly(buildOverlay(name), 'HorizontalPodAutoscaler');
    t.equal(metadata.name, 'ml-api-hpa');
    t.strictSame(spec?.scaleTargetRef, { apiVersion: 'apps/v1', kind: 'Deployment', name: 'ml-api' });
    t.match(spec, { minReplicas: 1, maxReplicas: 5 });
    const target = (averageUtilization: number) => ({ type: 'Utilization', averageUtilization });
    t.strictSame(spec?.metrics, [
      {
        type: 'ContainerResource',
        containerResource: { container: 'server', name: 'cpu', target: target(70) },
      },
      {
        type: 'ContainerResource',
        containerResource: { container: 'server', name: 'memory', target: target(80) },
      },
      {
        type: 'Pods',
        pods: {
          metric: { name: 'http_requests_per_second' },
          target: { type: 'AverageValue', averageValue: '50' },
        },
      },
    ]);
  }
  t.end();
});

t.test('it grows above 70 % for 30 s, and shrinks below 50 % for five minutes', { skip }, (t) => {
  const { behavior, metrics } = theOnly(buildOverlay('production'), 'HorizontalPodAutoscaler').spec;
  const target = metrics![0]!.containerResource!.target.averageUtilization!;
  // The autoscaler leaves the number of pods alone while usage over target is within 1 + up and 1 - down.
  t.equal(target * (1 + Number(behavior?.scaleUp?.tolerance)), 70);
  t.equal(Math.round(target * (1 - Number(behavior?.scaleDown?.tolerance))), 50);
  t.equal(behavior?.scaleUp?.stabilizationWindowSeconds, 30);
  t.equal(behavior?.scaleDown?.stabilizationWindowSeconds, 300);
  t.end();
});

t.test('older clusters get the same HPA without tolerances', { skip }, (t) => {
  const { spec } = theOnly(buildWith(['hpa-without-tolerance'], t.testdir()), 'HorizontalPodAutoscaler');
  t.notMatch(JSON.stringify(spec), 'tolerance');
  t.equal(spec?.metrics?.length, 3);
  t.equal(spec?.behavior?.scaleDown?.stabilizationWindowSeconds, 300);
  t.end();
});

t.test('without the adapter the HPA uses only the CPU metric', { skip }, (t) => {
  const { spec } = theOnly(buildWith(['hpa-cpu-only'], t.testdir()), 'HorizontalPodAutoscaler');
  t.strictSame(
    spec?.metrics?.map(({ containerResource }) => containerResource?.name),
    ['cpu'],
  );
  t.end();
});

t.test('the GPU overlay asks for one GPU, a node that has it, and the provider', { skip }, (t) => {
  const objects = buildOverlay('gpu');
  const { spec: pod } = theOnly(objects, 'Deployment').spec!.template;
  t.match(pod?.containers[0]?.resources, {
    requests: { 'nvidia.com/gpu': '1' },
    limits: { 'nvidia.com/gpu': '1' },
  });
  t.match(pod?.nodeSelector, { 'nvidia.com/gpu.present': 'true' });
  t.match(pod?.tolerations, [{ key: 'nvidia.com/gpu', operator: 'Exists' }]);
  t.match(ofKind(objects, 'ConfigMap').find(({ data }) => data?.['ORTOLAN_HOST'])?.data, {
    ORTOLAN_DEVICE: 'cuda',
    ORTOLAN_DEVICE_FALLBACK: 'error',
  });
  t.end();
});

t.test('the GPU by Vulkan is another image and another device of the same pod', { skip }, (t) => {
  const objects = buildWith(['webgpu'], t.testdir());
  const [container] = theOnly(objects, 'Deployment').spec!.template.spec!.containers;
  t.equal(container?.image, `ghcr.io/ortolan/ortolan:${VERSION}-webgpu`);
  t.match(container?.resources, { limits: { 'nvidia.com/gpu': '1', memory: '4Gi' } });
  t.match(container?.env, [{ name: 'NVIDIA_DRIVER_CAPABILITIES', value: /graphics/ }]);
  t.match(ofKind(objects, 'ConfigMap').find(({ data }) => data?.['ORTOLAN_HOST'])?.data, {
    ORTOLAN_DEVICE: 'webgpu',
  });
  t.end();
});

t.test('off hours no pod runs, and with HTTP scaling the first request starts one', { skip }, (t) => {
  const folder = t.testdir({ hours: {}, http: {} });
  const hours = theOnly(buildWith(['keda-offhours'], `${folder}/hours`), 'ScaledObject').spec;
  t.equal(hours.minReplicaCount, 0);
  t.match(hours.triggers.at(-1), { type: 'cron', metadata: { desiredReplicas: '1', timezone: 'Etc/UTC' } });
  const objects = buildWith(['keda-http'], `${folder}/http`);
  const http = theOnly(objects, 'ScaledObject').spec;
  const route = theOnly(objects, 'InterceptorRoute');
  t.equal(http.minReplicaCount, 0);
  t.match(http.triggers.at(-1), {
    type: 'external-push',
    metadata: { interceptorRoute: route.metadata.name },
  });
  const service = theOnly(objects, 'Service');
  t.match(route.spec.target, { service: service.metadata.name, port: service.spec?.ports?.[0]?.port });
  t.end();
});

t.test('models come from a volume that pods cannot write', { skip }, (t) => {
  const folder = t.testdir();
  for (const name of ['model-volume', 'model-image']) {
    const objects = buildWith([name], `${folder}/${name}`);
    const [container] = theOnly(objects, 'Deployment').spec!.template.spec!.containers;
    const mount = container?.volumeMounts?.find(({ name }) => name === 'models');
    t.match(mount, {
      mountPath: theOnly(objects, 'ConfigMap').data?.['ORTOLAN_MODELS'] as string,
      readOnly: true,
    });
  }
  t.end();
});
