/**
 * Real rounds of Flower, a superlink and two supernodes without a network: the result is ONNX, is judged by the gate, and serves
 * as a canary and then for all, by the path of every version that is trained. What is poisoned is not served.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { initialisersIn, withFloats } from '../../src/onnx/initialisers.ts';
import { told } from '../../src/python/environment.ts';
import { ortolan } from '../cli/ortolan.ts';
import { testFolder } from '../support/api-keys.ts';
import { digitsIn, FEDERATED, flower, runPipeline, served } from './federation.ts';

// Packages are installed the first time, and rounds take a minute.
t.setTimeout(0);

t.test('a federation of two', { skip: flower.skip }, async (t) => {
  const { folder } = await digitsIn(t);
  const heldOut = join(folder, 'held-out.npz');
  const candidate = join(testFolder(t), 'candidate');
  const out = join(candidate, 'model.onnx');
  const said = await told(flower.value!, [join(FEDERATED, 'flower_round.py'), '--out', out, '--rounds', '2']);
  t.match(said, /ROUND 2\/2/);
  t.match(said, /Received 2 results and 0 failures/);
  t.ok(existsSync(out));
  const place = await served(t, join(folder, 'few.onnx'));

  await t.test('what poison makes of it is refused, and nothing is served of it', async (t) => {
    const poisoned = testFolder(t);
    const bytes = readFileSync(out);
    const { floats } = initialisersIn(bytes).find(({ name }) => name === 'head.weight')!;
    const turned = new Float32Array(floats!.length / 4).map((_, at) => (at % 10 === 3 ? 50 : 0));
    writeFileSync(join(poisoned, 'model.onnx'), withFloats(bytes, [[floats!, turned]]));
    const { code, out: said, err } = await runPipeline(t, place, { candidate: poisoned, heldOut });
    t.equal(code, 1, err);
    t.match(said, /refused/);
    t.notOk(existsSync(join(place.models, 'digits/2')));
  });

  await t.test('the gate says that it is better, of so many, and by which margin', async (t) => {
    const args = ['--challenger', out, '--data', heldOut, '--models', place.models, '--json'];
    const { code, out: report, err } = await ortolan(['models', 'gate', 'digits', ...args]);
    t.equal(code, 0, err);
    const { gate } = JSON.parse(report) as {
      gate: { accuracy: { champion: { share: number }; challenger: { share: number } } };
    };
    t.ok(gate.accuracy.challenger.share > 0.93, `${gate.accuracy.challenger.share}`);
    t.ok(gate.accuracy.challenger.share > gate.accuracy.champion.share);
  });

  await t.test('it serves as a canary, then for all', async (t) => {
    const { code, out: said, err } = await runPipeline(t, place, { candidate, heldOut });
    t.equal(code, 0, err);
    t.match(said, /promoted version \d/);
    const model = (await (await fetch(`${place.url}/v1/models/digits`)).json()) as {
      default_version: string;
    };
    t.not(model.default_version, '1');
  });
});
