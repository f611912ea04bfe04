import t from 'tap';
import { configurationOf, ModelConfiguration, modelConfigRoute } from '../../../src/protocol/oip/config.ts';
import type { Signature } from '../../../src/serving/model-version.ts';
import type { TensorSpec } from '../../../src/tensor/tensor.ts';
import { fits } from '../conformance.ts';
import { answered, partsOf, SIGNATURE, versionOf } from './fixtures.ts';

type Configuration = Record<string, unknown>;

const configured = (changed: Partial<Signature>): Configuration =>
  configurationOf(versionOf('iris', '1'), { ...SIGNATURE, ...changed }, 2) as Configuration;

const spec = (name: string, datatype: TensorSpec['datatype'], ...shape: number[]): TensorSpec => ({
  name,
  datatype,
  shape,
});

t.test('a model with a batch axis tells its largest batch, and shapes without the batch', async (t) => {
  const { body } = answered(modelConfigRoute.handle, partsOf().parts, 'iris');
  fits(t, ModelConfiguration, JSON.stringify(body));
  t.strictSame(body, {
    name: 'iris',
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    max_batch_size: 8,
    input: [{ name: 'x', data_type: 'TYPE_FP32', dims: [4] }],
    output: [{ name: 'y', data_type: 'TYPE_FP32', dims: [2] }],
    instance_group: [{ name: 'iris', kind: 'KIND_CPU', count: 2 }],
    dynamic_batching: { preferred_batch_size: [4], max_queue_delay_microseconds: 0 },
  });
});

t.test('a model without a batch axis on each tensor has no largest batch, and whole shapes', async (t) => {
  const made = configured({ inputs: [spec('x', 'FP32', -1, 4), spec('state', 'FP32', 2, -1, 128)] });
  t.equal(made['max_batch_size'], 0);
  t.notOk('dynamic_batching' in made);
  t.match(made['input'], [{ dims: [-1, 4] }, { dims: [2, -1, 128] }]);
});

t.test('a tensor without dimensions is one element that is reshaped, and BYTES are strings', async (t) => {
  const made = configured({ inputs: [spec('rate', 'INT64')], outputs: [spec('text', 'BYTES', -1)] });
  fits(t, ModelConfiguration, JSON.stringify(made));
  t.strictSame(made['input'], [{ name: 'rate', data_type: 'TYPE_INT64', dims: [1], reshape: { shape: [] } }]);
  t.match(made['output'], [{ data_type: 'TYPE_STRING', dims: [-1] }]);
});

t.test('a model whose requests never run together has no dynamic batching', async (t) => {
  t.notOk('dynamic_batching' in configured({ maxBatchSize: 1 }));
});
