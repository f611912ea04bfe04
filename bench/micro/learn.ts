/** What features from a store and updates of federated rounds cost the thread that serves everyone. */
import { readFeastAnswer, fullName } from '../../src/features/feast-answer.ts';
import { fill } from '../../src/features/filled.ts';
import { updateIn } from '../../src/federated/weights.ts';
import { decodeJsonTensors } from '../../src/protocol/v1/codec/tensors/tensors.ts';
import type { FeaturesConfig } from '../../src/repository/model-json/features.ts';
import type { TensorSpec } from '../../src/tensor/tensor.ts';
import { writeSafetensors } from '../../src/tensor/safetensors.ts';
import { trimmedMean } from '../../workers/federated/robust-mean.ts';
import type { Work } from './timing.ts';

const NAMES = Array.from({ length: 10 }, (_, index) => `view:feature_${index}`);
const CONFIG: FeaturesConfig = { store: 'feast', entities: { id: 'int64' }, features: { x: NAMES } };
const SPECS: readonly TensorSpec[] = [{ name: 'x', datatype: 'FP32', shape: [-1, NAMES.length] }];
const AT = '2026-11-30T12:00:00Z';

/** The body of a request, the answer of the store, and what becomes of both. */
function featureWork(rows: number): Work {
  const ids = Array.from({ length: rows }, (_, row) => row);
  const body = Buffer.from(JSON.stringify({ entities: { id: ids } }));
  const column = {
    values: ids.map((id) => id / 7),
    statuses: ids.map(() => 'PRESENT'),
    event_timestamps: ids.map(() => AT),
  };
  const answer = Buffer.from(
    JSON.stringify({ metadata: { feature_names: NAMES.map(fullName) }, results: NAMES.map(() => column) }),
  );
  return {
    name: `10 features of ${rows} rows: keys, the answer of the store, the input`,
    call: () => {
      const { entities } = decodeJsonTensors(body, SPECS, CONFIG);
      const columns = readFeastAnswer(answer, { features: NAMES, rows });
      return fill(entities!, { config: CONFIG, specs: SPECS, columns, table: undefined, now: 0 });
    },
  };
}

/** An update of a head of a thousand classes. */
function updateWork(): Work {
  const shapes = [
    { name: 'bias', shape: [1000] },
    { name: 'weight', shape: [1000, 1280] },
  ];
  const tensors = shapes.map(({ name, shape }) => {
    const floats = new Float32Array(shape.reduce((product, side) => product * side, 1)).fill(0.01);
    return { name, dtype: 'F32', shape, data: new Uint8Array(floats.buffer) };
  });
  const bytes = writeSafetensors(tensors);
  return { name: 'federated update of 5 MB: shapes and numbers', call: () => updateIn(bytes, shapes) };
}

/** In a thread of its own in the server. */
function meanWork(): Work {
  const [clients, numbers] = [100, 1000];
  const block = Float32Array.from({ length: clients * numbers }, (_, index) => (index * 7919) % 1000);
  const scales = Array<number>(clients).fill(1);
  const out = new Float64Array(numbers);
  return {
    name: 'trimmed mean of 100 updates, per number',
    each: numbers,
    call: () => trimmedMean(block, scales, 0.2, out),
  };
}

export const learnWorks = (): readonly Work[] => [
  featureWork(1),
  featureWork(32),
  featureWork(512),
  updateWork(),
  meanWork(),
];
