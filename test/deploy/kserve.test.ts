/** The runtime for KServe and the service of its example: they fit its schemas, and the server does as its arguments say. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { factsOf } from '../../src/config/schema.ts';
import { ROUTES } from '../../src/root/routes.ts';
import { VERSION } from '../../src/version.ts';
import { build, withoutKustomize } from '../support/cluster/build.ts';
import { theOnly, type Loose, type Manifest } from '../support/cluster/manifest.ts';
import { schemaFaults } from '../support/cluster/schema.ts';
import { portOf, startProcess } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

const skip = withoutKustomize;
const [runtime, service] = skip === false ? manifests() : [];

function manifests() {
  const objects = [...build('kustomize/kserve'), ...build('kustomize/kserve/example')];
  return [theOnly(objects, 'ClusterServingRuntime'), theOnly(objects, 'InferenceService')] as const;
}

t.test('both fit the schemas of KServe, which find what is wrong', { skip }, async (t) => {
  const faultsOf = async (object: Manifest): Promise<string[]> =>
    (await schemaFaults([object], t.testdir())).toSorted();
  t.strictSame([await faultsOf(runtime!), await faultsOf(service!)], [[], []]);
  const wrong = structuredClone(runtime) as unknown as Loose;
  wrong.spec.protocolVersion = ['v2'];
  wrong.spec.containers[0].livenesProbe = {};
  wrong.spec.supportedModelFormats[0].version = 1;
  t.match(await faultsOf(wrong), [
    /\/spec must .*"protocolVersion"/,
    /\/containers\/0 must .*"livenesProbe"/,
    /\/version must be string/,
  ]);
  const other = structuredClone(service) as unknown as Loose;
  other.spec.predictor.scaleMetric = 'saturation';
  delete other.spec.predictor.model.modelFormat.name;
  t.match(await faultsOf(other), [/required.*"name"/, /\/scaleMetric must be equal/]);
});

t.test('the service names the runtime, and asks for what that declares', { skip }, async (t) => {
  const { model, terminationGracePeriodSeconds } = service!.spec.predictor;
  t.equal(model.runtime, runtime!.metadata.name);
  t.ok(runtime!.spec.protocolVersions.includes(model.protocolVersion));
  t.ok(runtime!.spec.supportedModelFormats.some(({ name }) => name === model.modelFormat.name));
  const drainMs = Number(factsOf('drainDeadlineMs').default);
  t.ok(terminationGracePeriodSeconds * 1000 > drainMs, 'a stop may take as long as the drain');
});

t.test('the runtime has no namespace, and is used only where it is named', { skip }, async (t) => {
  t.equal(runtime!.metadata.namespace, undefined);
  t.notOk(runtime!.spec.supportedModelFormats.some(({ autoSelect }) => autoSelect));
});

t.test('its container is as the pods of the base: image, profile, probes, volumes', { skip }, async (t) => {
  const { containers, volumes, annotations } = runtime!.spec;
  const [container, another] = containers;
  t.equal(another, undefined);
  t.match(container, { name: 'kserve-container', image: `ghcr.io/ortolan/ortolan:${VERSION}` });
  t.strictSame(container?.securityContext, {
    runAsNonRoot: true,
    runAsUser: 65_532,
    runAsGroup: 65_532,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  });
  const port = container?.ports?.[0]?.containerPort;
  t.equal(annotations['prometheus.kserve.io/port'], String(port));
  t.ok(container?.args?.includes(`--port=${port}`));
  const [base] = theOnly(build('kustomize/overlays/dev'), 'Deployment').spec!.template.spec!.containers;
  const quiet = Object.values(ROUTES).filter((route) => route.quiet);
  for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const { httpGet, ...timing } = container![kind]!;
    const { httpGet: asked, terminationGracePeriodSeconds: _, ...baseTiming } = base![kind]!;
    t.strictSame(httpGet, { path: asked?.path, port }, kind);
    t.strictSame(timing, baseTiming, kind);
    t.ok(quiet.some(({ pattern }) => pattern === httpGet?.path));
  }
  t.strictSame(
    volumes.map(({ name }) => name),
    container?.volumeMounts?.map(({ name }) => name),
  );
  t.ok(volumes.every(({ emptyDir }) => emptyDir?.sizeLimit));
});

/** What KServe may put into /mnt/models. */
const LAYOUTS = {
  'a file': 'model.onnx',
  versions: '3/model.onnx',
  'a repository': 'resnet/3/model.onnx',
};

for (const [title, file] of Object.entries(LAYOUTS)) {
  t.test(
    `the server takes the arguments of the container, and ${title} in the folder`,
    { skip },
    async (t) => {
      const models = t.testdir();
      mkdirSync(dirname(join(models, file)), { recursive: true });
      writeFileSync(join(models, file), affine().file);
      // KServe replaces the name; a test has other folders and ports.
      const [verb, ...args] = runtime!.spec.containers[0]!.args!.map((arg) =>
        arg.replace('{{.Name}}', 'classifier').replace('/mnt/models', models).replace('=8080', '=0'),
      );
      t.equal(verb, 'serve');
      const url = `http://127.0.0.1:${await portOf(startProcess(t, { models }, args))}`;
      const get = async (path: string): Promise<unknown> => (await fetch(url + path)).json();
      t.match(await get('/v2/health/ready'), { ready: true });
      t.match(await get('/v2/models/classifier'), {
        name: 'classifier',
        inputs: [{ name: 'x', datatype: 'FP32' }],
      });
      const version = file === 'model.onnx' ? '1' : '3';
      const inputs = [{ name: 'x', datatype: 'FP32', shape: [1, 4], data: [0, 1, 2, 3] }];
      const answer = await fetch(`${url}/v2/models/classifier/infer`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ inputs }),
      });
      t.match(await answer.json(), {
        model_name: 'classifier',
        model_version: version,
        outputs: [{ name: 'y', data: [1, 3, 5, 7] }],
      });
    },
  );
}
