/** Every overlay, and every component on the base, is what an API server takes, field by field. */
import { join } from 'node:path';
import t from 'tap';
import {
  build,
  buildOverlay,
  buildWith,
  COMPONENTS,
  OVERLAYS,
  withoutKustomize,
} from '../support/cluster/build.ts';
import { theOnly, titleOf, type Loose, type Manifest } from '../support/cluster/manifest.ts';
import { schemaComplaints, unknownFields } from '../support/cluster/schema.ts';

const skip = withoutKustomize;

t.test('every overlay and component is built, and each object fits its schema', { skip }, (t) => {
  const folder = t.testdir();
  const built = new Map<string, Manifest[]>([
    ...OVERLAYS.map((name) => [`overlay ${name}`, buildOverlay(name)] as const),
    ...COMPONENTS.map((name) => [`component ${name}`, buildWith([name], join(folder, name))] as const),
    ['prometheus-adapter', build('kustomize/prometheus-adapter')],
  ]);
  for (const [title, objects] of built) {
    t.ok(objects.length > 0, title);
    t.strictSame(schemaComplaints(objects), [], title);
    const names = objects.map(titleOf);
    t.strictSame(new Set(names).size, names.length, `${title}: every name once`);
  }
  // The same objects come again and again; the compiler sees each once.
  const different = new Map([...built.values()].flat().map((object) => [JSON.stringify(object), object]));
  t.strictSame(unknownFields([...different.values()], join(folder, 'objects')), []);
  t.end();
});

t.test('a wrong type, a missing field, a bad value and an unknown kind are found', { skip }, (t) => {
  const objects = buildOverlay('production');
  const broken = (kind: 'Deployment' | 'HorizontalPodAutoscaler', change: (object: never) => void) => {
    const object = structuredClone(theOnly(objects, kind));
    change(object as never);
    return schemaComplaints([object]).join('\n');
  };
  t.match(
    broken(
      'Deployment',
      ({ spec }: Loose) => (spec.template.spec.containers[0].ports[0].containerPort = '8000'),
    ),
    /^Deployment ml-api: data\/spec\/template\/spec\/containers\/0\/ports\/0\/containerPort must be integer/,
  );
  t.match(
    broken('Deployment', ({ spec }: Loose) => delete spec.selector),
    /must have required property selector/,
  );
  t.match(
    broken('Deployment', ({ spec }: Loose) => {
      spec.template.spec.containers[0].resources.limits.memory = '1 GB';
    }),
    /must match format "quantity"/,
  );
  t.match(
    broken('HorizontalPodAutoscaler', (object: Loose) => (object.apiVersion = 'autoscaling/v2beta9')),
    /no schema for autoscaling\/v2beta9 HorizontalPodAutoscaler/,
  );
  t.end();
});

t.test('an interceptor route is checked as strictly', { skip }, (t) => {
  const objects = buildWith(['keda-http'], t.testdir());
  const route = theOnly(objects, 'InterceptorRoute');
  const broken = structuredClone(route) as unknown as Loose;
  broken.spec.target.ports = 80;
  delete broken.spec.scalingMetric;
  const complaints = schemaComplaints([broken]).join('\n');
  t.match(complaints, /^InterceptorRoute ml-api: /);
  t.match(complaints, 'scalingMetric');
  t.strictSame(schemaComplaints([route]), []);
  t.end();
});

t.test('a field that does not exist is found, however deep it is', { skip }, (t) => {
  const folder = t.testdir();
  const objects = [...buildOverlay('production'), ...buildWith(['keda'], join(folder, 'keda'))];
  const deployment = structuredClone(theOnly(buildOverlay('dev'), 'Deployment')) as unknown as Loose;
  deployment.spec.template.spec.containers[0].livenesProbe = {};
  const hpa = structuredClone(theOnly(objects, 'HorizontalPodAutoscaler')) as unknown as Loose;
  hpa.spec.behavior.scaleDown.tollerance = '0.1';
  const scaled = structuredClone(theOnly(objects, 'ScaledObject')) as unknown as Loose;
  scaled.spec.minReplcaCount = 1;
  const monitor = structuredClone(theOnly(objects, 'ServiceMonitor')) as unknown as Loose;
  monitor.spec.endpoints[0].intervall = '15s';
  const complaints = unknownFields([deployment, hpa, scaled, monitor], join(folder, 'objects'));
  t.match(complaints.toSorted(), [
    /^Deployment ml-api: TS\d+: .*livenesProbe/,
    /^HorizontalPodAutoscaler ml-api-hpa: TS\d+: .*tollerance/,
    /^ScaledObject ml-api: TS\d+: .*minReplcaCount/,
    /^ServiceMonitor ml-api: TS\d+: .*intervall/,
  ]);
  t.equal(complaints.length, 4);
  t.end();
});
