/** docs/pipeline-json.md: every key of pipeline.json, from its schema, with an example that a test loads. */
import { PipelineSchema } from '../../src/pipeline/settings/schema.ts';
import { MARKDOWN_NOTE, type Document } from './document.ts';
import { json, sections } from './keys.ts';

export const EXAMPLE = {
  model: 'efficientnet-lite0',
  models: '/srv/models',
  server: 'http://127.0.0.1:8000',
  state: '/var/lib/ortolan/pipeline',
  triggers: { drift: true, accuracy: { floor: 0.9 }, labels: 500 },
  data: { log: '/var/lib/ortolan/predictions', by: ['key:labellers'], minExamples: 200 },
  train: { command: ['python', '/opt/ortolan/models/retrain', 'head'], deadline: '30m' },
  gate: { images: '/srv/held-out', maxDrop: 0.01 },
  sign: { privateKey: '/run/secrets/signing.pem' },
  push: true,
  canary: {
    weights: [5, 25],
    sticky: 'header:x-user-id',
    guard: { maxP99Ratio: 1.5 },
    feedback: { maxLoss: 0.03 },
    labels: ['stable'],
  },
  events: { url: 'https://hooks.example.com/ortolan', tokenFile: '/run/secrets/hook' },
  metrics: { textfile: '/var/lib/node-exporter/ortolan.prom' },
};

export const pipelineJson: Document = {
  file: 'docs/pipeline-json.md',
  make: () => `${MARKDOWN_NOTE}

# pipeline.json

What \`ortolan pipeline\` does: [pipeline](pipeline.md). Paths are relative to the folder of the file. A key that is not known is refused with the
name that was probably meant, and so are values that contradict each other.

\`\`\`json
${json(EXAMPLE)}
\`\`\`

## Keys

${sections(PipelineSchema).join('\n\n')}
`,
};
