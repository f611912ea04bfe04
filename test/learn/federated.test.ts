/**
 * A round over HTTP on real digits: four clients in JavaScript with a part each, and one that sends poison; the trimmed mean becomes a
 * version that passes the gate and serves.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { writeSafetensors } from '../../src/tensor/safetensors.ts';
import { ortolan } from '../cli/ortolan.ts';
import { tensor } from '../federated/fixtures/tensor.ts';
import { testFolder, testKey, writeKeys } from '../support/api-keys.ts';
import { digitsIn, FEDERATED, flower, runPipeline, served, type Samples } from './federation.ts';

t.setTimeout(0);

interface Client {
  takePart(part: Samples & { server: string; model: string; key: string; epochs: number }): Promise<object>;
}

t.test('a federation over HTTP', { skip: flower.skip }, async (t) => {
  const { takePart } = (await import(join(FEDERATED, 'client.js'))) as Client;
  const { folder, clients } = await digitsIn(t);
  const keys = clients.map((_, index) => testKey(['federated'], { name: `client-${index}` }));
  const [poisoner, operatorKey] = [
    testKey(['federated'], { name: 'poisoner' }),
    testKey(['predict', 'models:write'], { name: 'operator' }),
  ];
  const file = join(testFolder(t), 'keys.json');
  writeKeys(file, [...keys, poisoner, operatorKey]);
  const place = await served(t, join(folder, 'linear.onnx'), {
    apiKeysFile: file,
    federatedDir: join(testFolder(t), 'rounds'),
  });
  const operator = (...args: readonly string[]) =>
    ortolan(['federated', ...args, '--url', place.url], {
      ORTOLAN_API_KEY: operatorKey.key,
      ORTOLAN_MODELS: place.models,
    });

  const settings = ['--method', 'trimmed-mean', '--trim', '0.2', '--clip', 'none', '--min-clients', '5'];
  const opened = await operator('open', 'digits', '--tensors', 'head.weight,head.bias', ...settings);
  t.equal(opened.code, 0, opened.err);
  const poison = writeSafetensors([
    tensor('head.weight', [64, 10], ...Array.from({ length: 640 }, (_, at) => (at % 10 === 3 ? 1e6 : -1e6))),
    tensor('head.bias', [10], ...Array<number>(10).fill(1e6)),
  ]);
  const sent = await fetch(`${place.url}/v1/federated/digits/rounds/1/updates?samples=1000000`, {
    method: 'POST',
    headers: { authorization: `Bearer ${poisoner.key}`, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(poison),
  });
  t.equal(sent.status, 202, 'it is well-formed, so that it counts');
  const part = { server: place.url, model: 'digits', epochs: 10 };
  for (const [index, samples] of clients.entries())
    t.match(await takePart({ ...part, key: keys[index]!.key, ...samples }), { accepted: true });

  const candidate = join(testFolder(t), 'candidate');
  const closed = await operator('close', 'digits', '--out', candidate);
  t.equal(closed.code, 0, closed.err);
  t.match(closed.out, /1 left out at each end/);
  t.ok(existsSync(join(candidate, 'model.onnx')));

  const heldOut = join(folder, 'held-out.npz');
  const args = ['--challenger', join(candidate, 'model.onnx'), '--data', heldOut, '--models', place.models];
  const judged = await ortolan(['models', 'gate', 'digits', ...args, '--min-accuracy', '0.75']);
  t.equal(judged.code, 0, `${judged.out}${judged.err}`);
  const { code, out, err } = await runPipeline(t, place, { candidate, heldOut, key: operatorKey.key });
  t.equal(code, 0, err);
  t.match(out, /promoted version 2/);
});
