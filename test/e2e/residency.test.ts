/** More models than memory: those that are loaded on demand make room for each other, and are found again. */
import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  faultOf,
  get,
  jsonOf,
  post,
  scrape,
  send,
  until,
  type WireResponse,
} from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startServer } from '../support/start-server.ts';
import { affine, type TinyModel } from '../support/tiny-models.ts';
import { FLOAT, varint, writeModel } from '../../tools/onnx/model.ts';
import type { Config } from '../../src/config/schema.ts';

const MIB = 2 ** 20;
const SIDE = 1024;
const BUDGET = 120 * MIB;

/** y = x times a diagonal of `factor`, in a matrix of `mib` MiB. */
function large(factor: number, mib: number, config: TinyModel['config'] = {}): TinyModel {
  const width = (mib * MIB) / 4 / SIDE;
  const matrix = new Float32Array(SIDE * width);
  for (let at = 0; at < SIDE; at++) matrix[at * width + at] = factor;
  return {
    file: writeModel({
      inputs: [{ name: 'x', type: FLOAT, shape: ['N', SIDE] }],
      outputs: [{ name: 'y', type: FLOAT, shape: ['N', width] }],
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }],
      constants: [{ name: 'w', type: FLOAT, dims: [SIDE, width], data: matrix }],
    }),
    config,
  };
}

/** A file that is as large as it says: the rest is a field that no reader knows, and takes no place on the disk. */
function grown(file: string, mib: number): void {
  const field = Buffer.concat([varint((1000 << 3) | 2), varint(mib * MIB)]);
  appendFileSync(file, field);
  truncateSync(file, statSync(file).size + mib * MIB);
}

const onDemand = (factor: number): TinyModel =>
  large(factor, 24, { residency: 'on-demand', maxBatchSize: 1 });
const ROW = Buffer.from(Float32Array.from({ length: SIDE }, () => 1).buffer);
const PATIENT = { 'x-request-timeout-ms': '30000' };

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** `net`, which is pinned, `a` to `f` of 24 MiB each, which answer 1 to 6, and `huge`. */
const models = modelRepository(t, {
  net: affine(),
  ...Object.fromEntries(names.map((name, index) => [name, onDemand(index + 1)])),
  huge: onDemand(7),
});
grown(join(models, 'huge/1/model.onnx'), 100);

async function setup(t: Test, options: Partial<Config> = {}) {
  const started = await startServer(t, {
    models,
    options: { defaultModel: 'net', modelMemoryBytes: BUDGET, ...options },
  });
  const ask = (name: string, headers: Record<string, string> = PATIENT): Promise<WireResponse> =>
    send(started.port, {
      method: 'POST',
      path: `/v1/models/${name}/predict`,
      headers: { 'content-type': 'application/octet-stream', accept: 'application/octet-stream', ...headers },
      body: ROW,
    });
  const versionOf = async (name: string): Promise<Record<string, unknown>> =>
    jsonOf<{ versions: Record<string, unknown>[] }>(await get(started.port, `/v1/models/${name}`))
      .versions[0]!;
  return { ...started, ask, versionOf };
}

const valueOf = ({ body }: WireResponse): number => Buffer.from(body).readFloatLE(0);

t.test('six models of which some fit are all served to clients that wait, within the budget', async (t) => {
  const { port, ask, versionOf, log } = await setup(t);
  for (let round = 0; round < 2; round++) {
    for (const [index, name] of names.entries()) {
      const answer = await ask(name);
      t.equal(answer.status, 200, `${name}: ${answer.status}`);
      t.equal(valueOf(answer), index + 1);
      let sum = 0;
      for (const each of ['net', ...names]) sum += Number((await versionOf(each))['memory_bytes'] ?? 0);
      t.ok(sum <= BUDGET, `${Math.round(sum / MIB)} MiB`);
    }
  }
  const at = await scrape(port);
  t.ok(at('ortolan_model_evictions_total') >= 6, `${at('ortolan_model_evictions_total')} evictions`);
  t.equal(at('ortolan_model_evictions_total', { model: 'net' }), 0);
  t.match(await versionOf('net'), { state: 'ready', residency: 'pinned' });
  t.equal(log.filter(({ level }) => level === 'ERROR').length, 0);
});

t.test('clients that do not wait are told when to come again, and find the model loaded', async (t) => {
  const { port, ask, versionOf } = await setup(t);
  t.match(await versionOf('a'), { state: 'waiting', residency: 'on-demand' });
  t.equal((await get(port, '/v2/models/a/ready')).status, 200);
  const first = await ask('a', {});
  t.strictSame(faultOf(first), [503, 'MODEL_LOADING']);
  t.equal(first.headers.get('retry-after'), '1');
  t.equal(jsonOf(first)['retryable'], true);
  await until(async () => (await versionOf('a'))['state'] === 'ready');
  t.equal(valueOf(await ask('a', {})), 1);
});

t.test('forty requests at once for six models are all answered', async (t) => {
  const { ask } = await setup(t);
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const which = (index * 7) % names.length;
      const answer = await ask(names[which]!);
      return answer.status === 200 ? valueOf(answer) === which + 1 : answer.body.toString();
    }),
  );
  t.strictSame(new Set(answers), new Set([true]));
});

t.test('metadata of a model that was never loaded has it loaded', async (t) => {
  const { port } = await setup(t);
  const metadata = await get(port, '/v2/models/b');
  t.match(jsonOf(metadata), { name: 'b', versions: ['1'], inputs: [{ name: 'x', shape: [-1, SIDE] }] });
  const stats = jsonOf(await get(port, '/v2/models/b/stats'));
  t.match(stats, { model_stats: [{ memory_usage: [{ type: 'CPU', byte_size: Number }] }] });
});

t.test('a model that can never fit is refused with the numbers, and the others serve', async (t) => {
  const { ask, versionOf } = await setup(t);
  t.strictSame(faultOf(await ask('huge')), [503, 'MODEL_UNAVAILABLE']);
  t.match(await versionOf('huge'), {
    state: 'unavailable',
    reason: /^Model huge version 1 takes 124\.0 MiB; modelMemoryBytes is 120\.0 MiB, of which .* pinned/,
  });
  t.equal(valueOf(await ask('a')), 1);
});

t.test('an operator replaces a model that is not in memory', async (t) => {
  const { port, ask } = await setup(t, { modelControl: 'explicit' });
  t.match(jsonOf(await post(port, '/v2/repository/index', '{"ready":true}')).length, 8);
  t.equal((await post(port, '/v2/repository/models/a/load', '')).status, 200);
  t.equal(valueOf(await ask('a')), 1);
  t.equal((await post(port, '/v2/repository/models/a/unload', '')).status, 200);
  t.strictSame(faultOf(await ask('a')), [404, 'MODEL_NOT_FOUND']);
  t.equal(valueOf(await ask('b')), 2);
});

t.test('a budget that is too small for the default model ends the start', async (t) => {
  await t.rejects(setup(t, { defaultModel: 'a', modelMemoryBytes: 10 * MIB }), {
    message: /^Model a version 1 takes 24\.0 MiB; modelMemoryBytes is 10\.0 MiB/,
  });
});
