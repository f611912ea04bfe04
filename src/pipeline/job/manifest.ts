/**
 * The Job of a cluster for a run, from the operator's template: what is the run's own is filled in, and what is not safe for code
 * that reads what clients have sent is set where the template says nothing. Pure.
 */
import { createHash } from 'node:crypto';
import { PipelineError } from '../pipeline-error.ts';
import type { JobOrder } from './job.ts';

/** What is read of a template; the rest is passed on as it is. */
export interface JobManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>> & {
    readonly template: {
      readonly metadata?: Readonly<Record<string, unknown>>;
      readonly spec: Readonly<Record<string, unknown>> & { readonly containers: readonly Container[] };
    };
  };
}

export interface Container {
  readonly name: string;
  readonly env?: readonly { readonly name: string }[];
  readonly [other: string]: unknown;
}

/** A day, in which its log can be read. */
const KEPT_SECONDS = 86_400;
const MAX_LABEL = 63;

/** The name is the same for the same run, so that a pipeline that was started again finds its job. */
export const jobNameOf = ({ id, model }: Pick<JobOrder, 'id' | 'model'>): string => {
  const digest = createHash('sha256').update(`${model}\n${id}`).digest('hex').slice(0, 10);
  const readable = model
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return (
    `ortolan-train-${readable === '' ? 'model' : readable}`.slice(0, MAX_LABEL - 11).replace(/-+$/, '') +
    `-${digest}`
  );
};

/**
 * `template`: what its file holds; `container`: the name of the one that trains.
 * @throws PipelineError when it is no Job, or has no such container
 */
export function manifestOf(template: unknown, container: string, order: JobOrder): JobManifest {
  const job = template as Partial<JobManifest> | null;
  const pod = job?.spec?.template?.spec;
  if (job?.apiVersion !== 'batch/v1' || job.kind !== 'Job' || !Array.isArray(pod?.containers)) {
    throw new PipelineError(
      'The template is no Job of batch/v1 with containers in spec.template.spec.',
      'settings',
    );
  }
  const containers = pod.containers as readonly Container[];
  if (!containers.some(({ name }) => name === container)) {
    const there = containers.map(({ name }) => name).join(', ');
    throw new PipelineError(
      `The template has no container ${container}; there is ${there}: name the one that trains by train.kubernetes.container.`,
      'settings',
    );
  }
  const labels = labelsOf(order);
  const { metadata, spec } = job as JobManifest;
  return {
    ...(job as JobManifest),
    metadata: { ...metadata, name: jobNameOf(order), labels: { ...labelsIn(metadata), ...labels } },
    spec: {
      ttlSecondsAfterFinished: KEPT_SECONDS,
      ...spec,
      // A run has one try: what failed is told, and the next trigger begins anew.
      backoffLimit: 0,
      activeDeadlineSeconds: Math.max(1, Math.ceil(order.deadlineMs / 1000)),
      template: {
        ...spec.template,
        metadata: { ...spec.template.metadata, labels: { ...labelsIn(spec.template.metadata), ...labels } },
        spec: {
          // It has nothing to ask of the cluster.
          automountServiceAccountToken: false,
          ...spec.template.spec,
          restartPolicy: 'Never',
          containers: containers.map((one) => (one.name === container ? filled(one, order) : one)),
        },
      },
    },
  };
}

const labelsIn = (metadata: Readonly<Record<string, unknown>> | undefined): object =>
  typeof metadata?.['labels'] === 'object' ? { ...metadata['labels'] } : {};

/** Values of labels: of at most 63 characters, that begin and end with a letter or digit. */
const labelsOf = ({ id, model }: JobOrder): Readonly<Record<string, string>> => ({
  'app.kubernetes.io/name': 'ortolan-pipeline',
  'app.kubernetes.io/component': 'trainer',
  'ortolan.org/model': model
    .replaceAll(/[^\w.-]/g, '_')
    .slice(0, MAX_LABEL)
    .replace(/[^A-Za-z0-9]+$/, ''),
  'ortolan.org/run': id,
});

/** What the container says of a variable itself gives way: paths are the run's. */
const filled = (container: Container, { command, folder, env }: JobOrder): Container => ({
  ...container,
  command: [...command],
  args: [],
  workingDir: folder,
  env: [
    ...(container.env ?? []).filter(({ name }) => !(name in env)),
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
  ],
});
