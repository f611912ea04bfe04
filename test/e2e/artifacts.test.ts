/** A server that pulls its models from a store: at its start, as they change, and while the store is away. */
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Archive } from '../../src/artifacts/archive/archive.ts';
import { restore } from '../../src/artifacts/archive/restore.ts';
import { FileStore } from '../../src/artifacts/store/file.ts';
import { systemClock as clock } from '../../src/clock.ts';
import { readPrivateKey, signVersion } from '../../src/repository/trust/sign.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { pushed, writeVersion } from '../artifacts/models.ts';
import { jsonOf, postJson, scrape, until } from '../support/http-client.ts';
import { signingKeys } from '../support/signing-keys.ts';
import { startProcess, startServer, stopNow } from '../support/start-server.ts';

const POLL_MS = 50;

function placeOf(t: Test) {
  const base = t.testdir({ from: {} });
  const [from, models, store] = [join(base, 'from'), join(base, 'models'), join(base, 'store')];
  const archive = new Archive({ store: new FileStore(store), clock, now: () => new Date() });
  const options = { artifactsUrl: `file://${store}`, artifactsPollMs: POLL_MS, defaultModel: 'net' } as const;
  return { base, from, models, store, archive, options };
}

/** What the model adds to twice its input. */
async function plusOf(port: number): Promise<number | undefined> {
  const answer = jsonOf<{ outputs?: { y: number[][] } }>(
    await postJson(port, '/v1/predict', { inputs: { x: [[0, 0, 0, 0]] } }),
  );
  return answer.outputs?.y[0]?.[0];
}

t.test('models come from the store, and are other ones soon after they are there', async (t) => {
  const { from, models, archive, options } = placeOf(t);
  writeVersion(from, 1, 1);
  await pushed(archive, from);
  const { port, log } = await startServer(t, { models, options });
  t.equal(await plusOf(port), 1);
  writeVersion(from, 1, 5);
  await pushed(archive, from);
  await until(async () => (await plusOf(port)) === 5);
  await restore(archive, 'net');
  await until(async () => (await plusOf(port)) === 1);
  writeVersion(from, 2, 7);
  await pushed(archive, from, ['2']);
  await until(async () => (await plusOf(port)) === 7);
  // The model may answer before the line of its pull was read.
  const pulls = () => log.filter(({ message }) => message === 'model pulled').length;
  await until(() => pulls() >= 4);
  t.equal(pulls(), 4);
  const metric = await scrape(port);
  t.equal(metric('ortolan_artifact_pulls_total'), 4);
  t.ok(metric('ortolan_artifact_looks_total', { outcome: 'unchanged' }) > 0);
  t.ok(metric('ortolan_artifact_current_timestamp_seconds') > 1.7e9);
});

t.test(
  'the last good copy serves while the store is away at the start, and what is new comes with the store',
  async (t) => {
    const { from, models, store, archive, options } = placeOf(t);
    writeVersion(from, 1, 1);
    await pushed(archive, from);
    const first = await startServer(t, { models, options });
    await stopNow(first.server);
    writeVersion(from, 1, 2);
    await pushed(archive, from);
    renameSync(store, `${store}-away`);
    const { port, log } = await startServer(t, { models, options });
    t.equal(await plusOf(port), 1);
    t.equal(
      log.filter(({ message }) => String(message).startsWith('store of artifacts not readable')).length,
      1,
      'it is said once',
    );
    renameSync(`${store}-away`, store);
    await until(async () => (await plusOf(port)) === 2);
    t.ok(log.some(({ message }) => message === 'store of artifacts readable again'));
  },
);

t.test('a server that has nothing to serve says which store it could not read', async (t) => {
  const { models, options } = placeOf(t);
  const { artifactsUrl, defaultModel } = options;
  const running = startProcess(t, {
    models,
    options: { artifactsUrl: `${artifactsUrl}-none`, defaultModel },
  });
  t.match(await running.ended, { code: 2 });
  t.match(running.stderr(), /There is no model in file:.*-none/);
});

t.test('what was not signed never takes the place of what serves', async (t) => {
  const { base, from, models, archive, options } = placeOf(t);
  const keys = signingKeys(base, 'own');
  const signed = { modelPublicKeys: [keys.publicFile], modelsSignedOnly: 'on' } as const;
  const sign = async (): Promise<void> => {
    const [entry] = (await scanRepository(from)).models;
    const key = readPrivateKey(keys.privateFile);
    for (const version of entry!.versions) await signVersion(entry!, version, key, keys.privateFile);
  };
  writeVersion(from, 1, 1);
  await sign();
  await pushed(archive, from);
  const { port, log } = await startServer(t, { models, options: { ...options, ...signed } });
  t.equal(await plusOf(port), 1);
  rmSync(join(from, 'net/1/model.sig'));
  writeVersion(from, 1, 6);
  await pushed(archive, from);
  await until(() => log.some(({ message }) => message === 'model not pulled, it stays as it was'));
  t.match(
    log.find(({ message }) => message === 'model not pulled, it stays as it was'),
    { model: 'net', fault: 'untrusted' },
  );
  t.equal(await plusOf(port), 1);
  t.ok((await scrape(port))('ortolan_artifact_refusals_total', { reason: 'untrusted' }) > 0);
  await sign();
  await pushed(archive, from);
  await until(async () => (await plusOf(port)) === 6);
  t.ok(readdirSync(join(models, 'net/1')).includes('model.sig'));
});

t.test('a model folder of one model is not pulled into', async (t) => {
  const { models, options } = placeOf(t);
  const running = startProcess(t, {
    models,
    options: { artifactsUrl: options.artifactsUrl, modelName: 'net' },
  });
  t.match(await running.ended, { code: 2 });
  t.match(running.stderr(), /set only one of them/);
});
