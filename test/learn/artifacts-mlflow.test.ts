/** Models out of MLflow's registry, by alias and version. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openArtifacts } from '../../src/artifacts/open.ts';
import { systemClock } from '../../src/clock.ts';
import { pulledFrom } from '../artifacts/models.ts';
import { unlessLacking } from '../clients/program.ts';
import { affine } from '../support/tiny-models.ts';
import { programsOf, startStore } from './stores.ts';

t.setTimeout(0);
const { value: bin, skip } = await unlessLacking(() => programsOf('mlflow'));
const hasty = { ...systemClock, after: (_: number, task: () => void) => systemClock.after(0, task) };

async function startMlflow(t: Test) {
  const folder = t.testdir();
  const args = (port: number): string[] => [
    'server',
    '--host=127.0.0.1',
    `--port=${port}`,
    '--workers=1',
    `--backend-store-uri=sqlite:///${folder}/m.db`,
    `--artifacts-destination=${folder}/artifacts`,
  ];
  const path = process.env['PATH'] ?? '';
  const server = await startStore(t, join(bin!, 'mlflow'), args, {
    path: '/health',
    cwd: folder,
    env: { PATH: `${bin!}:${path}` },
  });
  const ask = async (method: string, path: string, body: object): Promise<Record<string, never>> => {
    const answer = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    t.equal(answer.status, 200, path);
    return (await answer.json()) as Record<string, never>;
  };
  return { ...server, folder, ask };
}

t.test('a registered model is pulled by its alias, and by its version', { skip }, async (t) => {
  const { url, folder, ask } = await startMlflow(t);
  await ask('POST', 'registered-models/create', { name: 'net' });
  const register = async (plus: number): Promise<void> => {
    const { run } = await ask('POST', 'runs/create', { experiment_id: '0' });
    const { info } = run as unknown as { info: { run_id: string; artifact_uri: string } };
    const files: Record<string, Buffer | string> = {
      'model.onnx': affine('N', plus).file,
      'model.json': JSON.stringify(affine('N', plus).config),
      MLmodel: 'flavors: {}\n',
      'deep/er/notes.md': 'a note',
    };
    const root = info.artifact_uri.replace('mlflow-artifacts:/', '');
    for (const [name, body] of Object.entries(files)) {
      const put = await fetch(`${url}/api/2.0/mlflow-artifacts/artifacts/${root}/ortolan/${name}`, {
        method: 'PUT',
        body,
      });
      t.equal(put.status, 200, name);
    }
    const source = `${info.artifact_uri}/ortolan`;
    await ask('POST', 'model-versions/create', { name: 'net', source, run_id: info.run_id });
  };
  await register(1);
  await register(2);
  await ask('POST', 'registered-models/alias', { name: 'net', alias: 'champion', version: '1' });
  const address = `mlflow+${url}/net`;
  const open = async (of: string) => {
    const artifacts = await openArtifacts({ url: `${address}${of}`, env: {}, clock: hasty });
    t.teardown(() => artifacts.source.close());
    return artifacts;
  };
  const { source, traffic } = await open('@champion');
  const to = join(folder, 'to');
  t.match(await pulledFrom(source, to), {
    failures: [],
    models: [{ model: 'net', added: ['1'], settings: true }],
  });
  t.same(readFileSync(join(to, 'net/1/model.onnx')), affine('N', 1).file);
  t.same(readFileSync(join(to, 'net/1/deep/er/notes.md'), 'utf8'), 'a note');
  t.match(await pulledFrom(source, to), { failures: [], models: [{ unchanged: ['1'], bytes: 0 }] });
  const offer = await source.offer();
  const before = traffic().requests;
  t.equal(offer === 'unchanged' || (await source.offer(offer.tag)), 'unchanged');
  t.equal(traffic().requests - before, 2, 'a look is two requests');
  await ask('POST', 'registered-models/alias', { name: 'net', alias: 'champion', version: '2' });
  t.match(await pulledFrom(source, to, { removes: true }), {
    failures: [],
    models: [{ added: ['2'], removed: ['1'] }],
  });
  t.same(readFileSync(join(to, 'net/2/model.onnx')), affine('N', 2).file);
  t.match(await pulledFrom((await open('/1')).source, join(folder, 'other')), { models: [{ added: ['1'] }] });
  await t.rejects((await open('@none')).source.offer(), { message: /MLflow answers/ });
});
