/** The Job of a cluster, by the template that comes with the trainers and by others. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { JobOrder } from '../../../src/pipeline/job/job.ts';
import { jobNameOf, manifestOf } from '../../../src/pipeline/job/manifest.ts';
import type { Manifest } from '../../support/cluster/manifest.ts';
import { schemaFaults } from '../../support/cluster/schema.ts';

const TEMPLATE = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../models/retrain/kubernetes/job.json'), 'utf8'),
) as object;

const ORDER: JobOrder = {
  id: '20261201-114512-0a1b2c',
  model: 'efficientnet-lite0',
  command: ['python', 'models/retrain', 'head'],
  folder: '/state/runs/r/job/home',
  env: { TRAIN_OUT: '/state/runs/r/out', HOME: '/state/runs/r/job/home' },
  deadlineMs: 1_800_000,
  notes: '/state/runs/r/job',
  signal: new AbortController().signal,
};

t.test('the template that comes with the trainers makes a Job that an API server takes', async (t) => {
  const manifest = manifestOf(TEMPLATE, 'trainer', ORDER);
  t.strictSame(await schemaFaults([manifest as unknown as Manifest], join(t.testdir(), 'objects')), []);
});

t.test('what is the run’s own is filled in', async (t) => {
  const { metadata, spec } = manifestOf(TEMPLATE, 'trainer', ORDER);
  t.match(metadata, {
    name: /^ortolan-train-efficientnet-lite0-[0-9a-f]{10}$/,
    labels: { 'ortolan.org/run': ORDER.id },
  });
  t.match(spec, { backoffLimit: 0, activeDeadlineSeconds: 1800 });
  t.match(spec.template.spec, {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    containers: [
      {
        command: ORDER.command,
        workingDir: ORDER.folder,
        env: [{ name: 'TRAIN_OUT', value: '/state/runs/r/out' }, { name: 'HOME' }],
      },
    ],
  });
});

t.test('a pod of the template is confined as a restricted namespace asks', async (t) => {
  const { spec } = manifestOf(TEMPLATE, 'trainer', ORDER).spec.template as unknown as {
    spec: { securityContext: object; containers: { securityContext: object; resources: object }[] };
  };
  t.match(spec.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
  t.match(spec.containers[0]!.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  t.match(spec.containers[0]!.resources, { limits: { memory: String }, requests: { cpu: String } });
});

t.test('the name is that of the run, and fits, whatever the model is called', async (t) => {
  t.equal(jobNameOf(ORDER), jobNameOf({ ...ORDER }));
  t.not(jobNameOf(ORDER), jobNameOf({ ...ORDER, id: 'another' }));
  for (const model of ['A'.repeat(64), '_', 'x_Y.z', '0', `a${'-'.repeat(60)}`])
    t.match(jobNameOf({ ...ORDER, model }), /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])$/, model);
});

t.test('what the container says of other variables stays, what it says of the run’s gives way', async (t) => {
  const container = {
    name: 'trainer',
    env: [
      { name: 'SEED', value: '1' },
      { name: 'TRAIN_OUT', value: 'elsewhere' },
    ],
  };
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {},
    spec: { template: { spec: { containers: [container, { name: 'side' }] } } },
  };
  const [filled, other] = manifestOf(job, 'trainer', ORDER).spec.template.spec.containers;
  t.strictSame(
    filled!.env!.map(({ name }) => name),
    ['SEED', 'TRAIN_OUT', 'HOME'],
  );
  t.strictSame(other, { name: 'side' });
});

t.test('what is no Job, or has no such container, is refused', async (t) => {
  for (const wrong of [
    null,
    [],
    {},
    { apiVersion: 'v1', kind: 'Pod' },
    { apiVersion: 'batch/v1', kind: 'Job', spec: {} },
  ])
    t.throws(() => manifestOf(wrong, 'trainer', ORDER), /is no Job of batch\/v1/);
  t.throws(() => manifestOf(TEMPLATE, 'other', ORDER), /has no container other; there is trainer/);
});
