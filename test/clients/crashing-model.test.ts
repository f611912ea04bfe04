/**
 * A model of a package from PyPI that crashes onnxruntime: `wespeaker.onnx`, by which onnx-asr prepares speech, ends it with
 * SIGFPE when it is given two rows of eight samples together.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../../tools/process/free-port.ts';
import { environmentOf } from '../../src/python/environment.ts';
import { get, post, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { startProcess } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';
import { unlessLacking } from './program.ts';

// Packages are installed the first time.
t.setTimeout(0);
const PYTHONS = ['3.11', '3.12', '3.13', '3.10'];
const PINNED = join(import.meta.dirname, 'pinned');
const { value: bin, skip } = await unlessLacking(() => environmentOf(PINNED, 'onnx-asr', PYTHONS));
const MODEL = 'lib/python*/site-packages/onnx_asr/preprocessors/data/wespeaker.onnx';
const SAMPLES = 8;

for (const isolation of ['thread', 'process'] as const) {
  t.test(`two rows of eight samples, in a ${isolation}`, { skip }, async (t) => {
    const [path] = globSync(join(bin!, '..', MODEL));
    const wespeaker = { file: readFileSync(path!), config: { isolation, batching: 'always' as const } };
    const models = modelRepository(t, { affine: affine(), wespeaker });
    const port = await freePort();
    const options = { port, cacheDir: join(models, '.cache'), defaultModel: 'affine', workers: 2 };
    const running = startProcess(t, { models, options });
    const says = (message: string): number =>
      running.log.filter((line) => line['message'] === message).length;
    await until(() => says('model ready') === 2);

    const inputs = JSON.parse((await get(port, '/v2/models/wespeaker')).body.toString()) as {
      inputs: { name: string; datatype: string }[];
    };
    const ask = async (rows: number): Promise<{ status: number; code?: string }> => {
      const body = inputs.inputs.map(({ name, datatype }) =>
        datatype === 'INT64'
          ? { name, datatype, shape: [rows], data: Array<number>(rows).fill(SAMPLES) }
          : { name, datatype, shape: [rows, SAMPLES], data: Array<number>(rows * SAMPLES).fill(0.1) },
      );
      const answer = await post(port, '/v2/models/wespeaker/infer', JSON.stringify({ inputs: body }));
      return { status: answer.status, ...(JSON.parse(answer.body.toString()) as object) };
    };
    const affineIsAnswered = async (): Promise<boolean> => {
      const row = Buffer.from(Float32Array.of(1, 2, 3, 4).buffer);
      const headers = { 'content-type': 'application/octet-stream' };
      return (
        (await post(port, '/v1/models/affine/predict', row, headers).catch(() => undefined))?.status === 200
      );
    };

    t.match(
      await ask(1),
      { status: 400, code: 'RUN_FAILED' },
      'one row alone is an error that the run returns',
    );
    for (const crash of [1, 2]) {
      const answer = await ask(2).catch(() => 'closed');
      if (isolation === 'process') t.match(answer, { status: 503, code: 'WORKER_DIED' });
      await until(affineIsAnswered);
      if (crash === 1) await until(async () => (await ask(1).catch(() => undefined))?.status === 400);
    }
    await until(() => says('model quarantined') === 1);
    t.match(await ask(1), { status: 503, code: 'MODEL_QUARANTINED' });
    t.ok(await affineIsAnswered());
    t.equal(says('starting'), isolation === 'process' ? 1 : 3);
    t.match(JSON.stringify(running.log), /SIGFPE/);
    running.child.kill('SIGTERM');
    t.strictSame(await running.ended, { code: 0, signal: null });
  });
}
