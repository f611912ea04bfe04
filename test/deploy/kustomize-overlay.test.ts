/** A custom overlay, as in kustomize/README.md. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { build, COMPONENTS, withoutKustomize } from '../support/cluster/build.ts';
import { ofKind, podOf, theOnly, type Manifest } from '../support/cluster/manifest.ts';

const skip = withoutKustomize;
const BLOCKS = [
  ...readFileSync('kustomize/README.md', 'utf8').matchAll(/^( *)```yaml\n([^]*?)^ *```$/gm),
].map(([, indent = '', text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));
const [OVERLAY = '', PATCH = ''] = BLOCKS;

/** The objects of a kustomization that is written as if it were in kustomize/overlays/mine. */
function built(folder: string, text: string): Manifest[] {
  mkdirSync(folder, { recursive: true });
  const root = `${relative(resolve(folder), resolve('kustomize'))}/`;
  writeFileSync(join(folder, 'kustomization.yaml'), text.replaceAll('../../', root));
  return build(folder);
}

const withComponents = (namespace: string, components: readonly string[], patches: unknown = []): string =>
  JSON.stringify({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: ['../../base'],
    components: components.map((name) => `../../components/${name}`),
    patches,
  });

t.test('the overlay of the README has its image, its option and its kind of Service', { skip }, async (t) => {
  const objects = built(t.testdir(), OVERLAY);
  t.equal(podOf(objects).container.image, 'registry.example.com/ml/ortolan:0.1.0');
  t.equal(theOnly(objects, 'ConfigMap').data?.['ORTOLAN_SLO_P99_MS'], '100');
  t.equal(theOnly(objects, 'Service').spec?.type, 'ClusterIP');
  t.equal(theOnly(objects, 'HorizontalPodAutoscaler').spec.metrics?.length, 1);
});

t.test('another namespace applies to all objects, with the README patch for KEDA', { skip }, async (t) => {
  const folder = t.testdir();
  for (const name of COMPONENTS) {
    const components = name.startsWith('hpa-') ? ['hpa', name] : [name];
    const patches: unknown = name.startsWith('keda') ? parse(PATCH) : [];
    const objects = built(join(folder, name), withComponents('team-a', components, patches));
    t.notMatch(JSON.stringify(objects), 'ml-serving', name);
    t.ok(ofKind(objects, 'Deployment').every(({ metadata }) => metadata.namespace === 'team-a'));
  }
});

t.test('a component that changes the HPA does not build without it', { skip }, async (t) => {
  const folder = t.testdir();
  for (const name of ['hpa-cpu-only', 'hpa-without-tolerance']) {
    t.throws(() => built(join(folder, name), withComponents('ml-serving', [name])), /ml-api-hpa/, name);
  }
});
