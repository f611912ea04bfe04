import t from 'tap';
import { affine } from '../../support/tiny-models.ts';
import { ortolan } from '../ortolan.ts';

t.test('profiles the versions that load, names the others, and exits with 1', async (t) => {
  const models = t.testdir({
    bad: { 1: { 'model.onnx': 'no model' } },
    net: { 1: { 'model.onnx': affine().file }, 'model.json': '{"maxBatchSize": 2}' },
    worse: { 1: { 'model.onnx': 'no model' }, 'model.json': '{' },
  });
  const { code, out, err } = await ortolan(['models', 'profile', '--models', models]);
  t.equal(code, 1);
  t.match(out, /^net version 1\n {2}ROWS /);
  t.match(err, /^worse is unavailable: .*is not valid JSON/m);
  t.match(err, /^bad 1: .*Protobuf parsing failed/m);
  t.match(err, /^ortolan: 2 could not be profiled\.$/m);
});
