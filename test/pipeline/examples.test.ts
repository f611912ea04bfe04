/** The examples that come with the pipeline are what its parts take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { pipelineFaults } from '../../src/pipeline/settings/load.ts';
import { EXAMPLE } from '../../tools/generate/pipeline-json.ts';
import type { Manifest } from '../support/cluster/manifest.ts';
import { schemaFaults } from '../support/cluster/schema.ts';

const RETRAIN = join(import.meta.dirname, '../../models/retrain');

t.test('the pipeline.json of the documents is one', async (t) => {
  t.strictSame(pipelineFaults(EXAMPLE), []);
});

t.test('every requirement of the trainers is pinned', async (t) => {
  const lines = readFileSync(join(RETRAIN, 'requirements-retrain.txt'), 'utf8').trimEnd().split('\n');
  for (const line of lines.filter((one) => !one.startsWith('#'))) t.match(line, /^[\w-]+==[\w.]+$/);
});

interface Template {
  readonly name: string;
  readonly container?: {
    readonly args: readonly string[];
    readonly env: readonly { readonly name: string }[];
  };
}

interface CronWorkflow {
  readonly spec: {
    readonly workflowSpec: {
      readonly securityContext: object;
      readonly volumes: readonly object[];
      readonly templates: readonly Template[];
    };
  };
}

const { spec } = parse(readFileSync(join(RETRAIN, 'argo/cron-workflow.yaml'), 'utf8')) as CronWorkflow;
const { templates, volumes, securityContext } = spec.workflowSpec;
const containers = templates.flatMap(({ name, container }) =>
  container === undefined ? [] : [{ name, ...container }],
);

t.test('the pods of the Argo example are such as an API server takes', async (t) => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'argo' },
    spec: { securityContext, volumes, containers },
  };
  t.strictSame(await schemaFaults([pod as unknown as Manifest], join(t.testdir(), 'objects')), []);
});

t.test(
  'in the Argo example the trainer has no key, and the pipeline takes what it has written',
  async (t) => {
    const [train, release] = containers;
    t.strictSame(
      train!.env.map(({ name }) => name),
      ['TRAIN_OUT', 'TRAIN_CHAMPION'],
    );
    t.match(release!.args, ['pipeline', 'run', '--config', String, '--candidate', '/state/candidate']);
  },
);
