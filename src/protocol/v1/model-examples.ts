/** Examples of the models as they are listed and described. */
import type { Example } from '../description.ts';
import { MODEL } from '../schemas.ts';

const described = (...versions: readonly object[]) => ({
  name: MODEL.name,
  description: 'EfficientNet-Lite0, ImageNet-1k',
  default_version: '1',
  versions,
});

const version = (name: string, labels: readonly string[]): object => ({
  version: name,
  labels,
  state: 'ready',
  takes: 'images',
  residency: 'pinned',
  memory_bytes: 41_943_040,
  provider: 'cpu',
  max_batch_size: 64,
  joins_requests: true,
  graph_rewrites: { applied: ['pixel-input'] },
  inputs: [{ name: 'image', datatype: 'UINT8', shape: [-1, 224, 224, 3] }],
  outputs: [{ name: 'logits', datatype: 'FP32', shape: [-1, 1000] }],
  cost: {
    slo_p99_ms: 200,
    batch_cap: 1,
    decode_ms: 1.2,
    tail_ratio: 1.3,
    forecast_wait_ms: 0,
    forecast_error_ratio: 1.2,
    runs: [
      { rows: 1, width: 'narrow', mean_ms: 8.4, p99_ms: 10.9, observed: 120 },
      { rows: 2, width: 'narrow', mean_ms: 16.9, p99_ms: 22, observed: 0 },
      { rows: 1, width: 'wide', mean_ms: 5.6, p99_ms: 7.3, observed: 31 },
    ],
  },
});

export const MODELS: Example = {
  summary: 'One model with two versions',
  value: { default: MODEL.name, models: [described(version('1', ['stable']), version('2', ['int8']))] },
};

export const ONE_MODEL: Example = {
  summary: 'A model with one version',
  value: described(version('1', ['stable'])),
};
