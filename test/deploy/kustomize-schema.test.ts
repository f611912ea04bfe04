/** Every overlay, and every component on the base, conforms to the schemas of the API server. */
import { join } from 'node:path';
import t from 'tap';
import { build, buildAll, buildOverlay, buildWith, withoutKustomize } from '../support/cluster/build.ts';
import { theOnly, titleOf, type Loose } from '../support/cluster/manifest.ts';
import { schemaFaults } from '../support/cluster/schema.ts';

const skip = withoutKustomize;

t.test('every overlay and component is built, and each object fits its schema', { skip }, async (t) => {
  const folder = t.testdir();
  const built = [...buildAll(folder), ['prometheus-adapter', build('kustomize/prometheus-adapter')] as const];
  for (const [title, objects] of built) {
    const names = objects.map(titleOf);
    t.strictSame(new Set(names).size, names.length, `${title}: every name once`);
  }
  // The same objects occur in many builds; each is checked once.
  const different = new Map(
    built.flatMap(([, all]) => all.map((object) => [JSON.stringify(object), object])),
  );
  t.strictSame(await schemaFaults([...different.values()], join(folder, 'objects')), []);
});

t.test('a bad value and a field that does not exist are found, in every package', { skip }, async (t) => {
  const folder = t.testdir();
  const production = buildOverlay('production');
  const keda = buildWith(['keda-http'], join(folder, 'keda'));
  const deployment = structuredClone(theOnly(production, 'Deployment')) as unknown as Loose;
  deployment.spec.template.spec.containers[0].livenesProbe = {};
  deployment.spec.template.spec.containers[0].resources.limits.memory = '1 GB';
  const scaled = structuredClone(theOnly(keda, 'ScaledObject')) as unknown as Loose;
  scaled.spec.minReplcaCount = 1;
  const monitor = structuredClone(theOnly(production, 'ServiceMonitor')) as unknown as Loose;
  monitor.spec.endpoints[0].intervall = '15s';
  const route = structuredClone(theOnly(keda, 'InterceptorRoute')) as unknown as Loose;
  route.spec.target.ports = 80;
  const faults = await schemaFaults([deployment, scaled, monitor, route], join(folder, 'objects'));
  t.match(faults.toSorted(), [
    /^Deployment ml-api: TS\d+: .*livenesProbe/,
    /^Deployment ml-api: data\/spec\/.*\/memory must match format "quantity"/,
    /^InterceptorRoute ml-api: TS\d+: .*ports/,
    /^ScaledObject ml-api: TS\d+: .*minReplcaCount/,
    /^ServiceMonitor ml-api: TS\d+: .*intervall/,
  ]);
});
