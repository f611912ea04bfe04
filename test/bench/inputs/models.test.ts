import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { BENCH_MODELS, rowBytes, rowOf, writeModels } from '../../../bench/inputs/models.ts';
import { parseModelConfig } from '../../../src/repository/model-config.ts';

t.test('the written folder is a model repository', async (t) => {
  const folder = t.testdir();
  await writeModels(folder, ['trivial', 'slow']);
  t.strictSame((await readdir(folder)).toSorted(), ['slow', 'trivial']);
  for (const model of ['trivial', 'slow'] as const) {
    const file = join(folder, model, 'model.json');
    const config = parseModelConfig(await readFile(file, 'utf8'), file);
    const elements = config.inputs![0]!.shape.reduce((product, side) => product * side, 1);
    t.equal(rowBytes(model), elements * Float32Array.BYTES_PER_ELEMENT);
    t.ok((await stat(join(folder, model, '1', 'model.onnx'))).size > 0);
  }
});

t.test('an existing model is not changed', async (t) => {
  const folder = t.testdir();
  await writeModels(folder, ['trivial']);
  await writeFile(join(folder, 'trivial', 'kept'), '');
  await writeModels(folder, ['trivial']);
  t.ok((await readdir(join(folder, 'trivial'))).includes('kept'));
});

t.test('a model from other sources is made again', async (t) => {
  const folder = t.testdir();
  await writeModels(folder, ['trivial']);
  const file = join(folder, 'trivial', '1', 'model.onnx');
  const made = await readFile(file);
  await writeFile(join(folder, 'trivial', '.made-from'), 'of long ago');
  await writeFile(file, 'of long ago');
  await writeModels(folder, ['trivial']);
  t.strictSame(await readFile(file), made);
});

t.test('a row has the bytes of its model, and is the same for the same seed', async (t) => {
  for (const model of BENCH_MODELS) {
    t.equal(rowOf(model).length, rowBytes(model));
    t.strictSame(rowOf(model, 7), rowOf(model, 7));
    t.notSame(rowOf(model, 7), rowOf(model, 8));
  }
});
