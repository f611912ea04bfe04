/** Models as images of a registry: Debian's docker-registry. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { localModel } from '../../src/artifacts/folder/local-model.ts';
import { openArtifacts } from '../../src/artifacts/open.ts';
import { pushImage } from '../../src/artifacts/source/oci-push.ts';
import { systemClock } from '../../src/clock.ts';
import { scanRepository } from '../../src/repository/repository.ts';
import { onPath } from '../../tools/process/on-path.ts';
import { pulledFrom, writeVersion } from '../artifacts/models.ts';
import { ortolan } from '../cli/ortolan.ts';
import { unlessLacking } from '../clients/program.ts';
import { faultyHttp } from './faulty-http.ts';
import { registryProgram, startRegistry } from './stores.ts';

t.setTimeout(0);
const { value: program, skip } = await unlessLacking(registryProgram);
const hasty = { ...systemClock, after: (_: number, task: () => void) => systemClock.after(0, task) };

async function open(t: Pick<Test, 'teardown'>, port: number, tag: string, env: Record<string, string> = {}) {
  const artifacts = await openArtifacts({ url: `oci://127.0.0.1:${port}/team/net${tag}`, env, clock: hasty });
  t.teardown(() => artifacts.source.close());
  return { ...artifacts, image: artifacts.image! };
}

const local = async (from: string) => localModel((await scanRepository(from)).models[0]!);

t.test('a model is pushed to a tag, and pulled by tag or digest', { skip }, async (t) => {
  const { port, folder } = await startRegistry(t, program!);
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeVersion(from, 1, 1);
  writeVersion(from, 2, 2);
  const { image, source, traffic } = await open(t, port, ':v1');
  const pushed = await pushImage(image.requests, image.place, await local(from));
  t.match(pushed, { sentFiles: 3, digest: /^sha256:/ });
  t.match(await pushImage(image.requests, image.place, await local(from)), {
    ...pushed,
    sentFiles: 0,
    sentBytes: 0,
  });
  t.match(await pulledFrom(source, to), { failures: [], models: [{ added: ['1', '2'] }] });
  t.same(readFileSync(join(to, 'net/2/model.onnx')), readFileSync(join(from, 'net/2/model.onnx')));
  const before = traffic().requests;
  t.equal(await source.offer(pushed.digest), 'unchanged');
  t.equal(traffic().requests - before, 1, 'a look is one request');
  writeVersion(from, 2, 3);
  await pushImage(image.requests, image.place, await local(from));
  t.match(await pulledFrom(source, to), { models: [{ replaced: ['2'], unchanged: ['1'] }] });
  const pinned = await open(t, port, `@${pushed.digest}`);
  t.match(await pulledFrom(pinned.source, join(folder, 'pinned')), {
    failures: [],
    models: [{ added: ['1', '2'] }],
  });
  await t.rejects(pushImage(pinned.image.requests, pinned.image.place, await local(from)), /push to a tag/);
  const none = await open(t, port, ':none');
  await t.rejects(none.source.offer(), { fault: 'missing', message: /no such repository, tag/ });
});

t.test('a download that is cut off goes on where it was', { skip }, async (t) => {
  const { port, folder } = await startRegistry(t, program!);
  const proxy = await faultyHttp(t, port);
  const from = join(folder, 'from');
  writeVersion(from, 1, 1);
  writeFileSync(join(from, 'net/1/weights.bin'), Buffer.alloc(3_000_000, 'weights'));
  const { image } = await open(t, port, ':v1');
  await pushImage(image.requests, image.place, await local(from));
  let cut = 5;
  proxy.judge = ({ method, path }) =>
    method === 'GET' && path.includes('/blobs/') && cut-- > 0 ? { cutAfter: 100_000 } : 'pass';
  const { source } = await open(t, proxy.port, ':v1');
  t.match(await pulledFrom(source, join(folder, 'to')), { failures: [], models: [{ added: ['1'] }] });
  t.ok(
    proxy.passed.some(({ range }) => range !== undefined),
    'from a byte on',
  );
  proxy.judge = () => ({ answer: 503 });
  await t.rejects(source.offer(), { fault: 'unreachable', message: /busy \(503\)/ });
});

t.test(
  'a registry that asks who calls is told, as container tools have written it down',
  { skip },
  async (t) => {
    // `tests` with the password `secret`, by bcrypt.
    const htpasswd = htpasswdLine();
    if (htpasswd === undefined) return t.comment('there is no htpasswd to make a password with');
    const { port, folder } = await startRegistry(t, program!, htpasswd);
    writeVersion(join(folder, 'from'), 1, 1);
    mkdirSync(join(folder, '.docker'));
    const write = (password: string): void =>
      writeFileSync(
        join(folder, '.docker/config.json'),
        JSON.stringify({
          auths: { [`127.0.0.1:${port}`]: { auth: Buffer.from(`tests:${password}`).toString('base64') } },
        }),
      );
    write('secret');
    const { image, source } = await open(t, port, ':v1', { HOME: folder });
    await pushImage(image.requests, image.place, await local(join(folder, 'from')));
    t.match(await pulledFrom(source, join(folder, 'to')), { models: [{ added: ['1'] }] });
    write('wrong');
    const other = await open(t, port, ':v1', { HOME: folder });
    await t.rejects(other.source.offer(), { fault: 'refused', message: /docker login/ });
    return undefined;
  },
);

function htpasswdLine(): string | undefined {
  const python = onPath('python3');
  if (python === undefined) return undefined;
  const script = 'import crypt; print("tests:" + crypt.crypt("secret", crypt.mksalt(crypt.METHOD_BLOWFISH)))';
  try {
    const line = execFileSync(python, ['-W', 'ignore', '-c', script]).toString();
    return line.includes('$2') ? line : undefined;
  } catch {
    return undefined;
  }
}

t.test('the commands push and pull images', { skip }, async (t) => {
  const { port, folder } = await startRegistry(t, program!);
  const [from, to] = [join(folder, 'from'), join(folder, 'to')];
  writeVersion(from, 3, 1);
  const address = `oci://127.0.0.1:${port}/team/net:v3`;
  const pushed = await ortolan(['artifacts', 'push', 'net', '--to', address, '--models', from], {}, folder);
  t.match(pushed, { code: 0, out: /is oci:.*sha256:/ });
  const pulled = await ortolan(['artifacts', 'pull', '--from', address, '--models', to], {}, folder);
  t.match(pulled, { code: 0, out: /added 3/ });
  const listed = await ortolan(['artifacts', 'list', '--from', address], {}, folder);
  t.match(listed, { code: 0, out: /net +3/ });
  const pruned = await ortolan(['artifacts', 'prune', '--artifacts-url', address], {}, folder);
  t.match(pruned, { code: 2, err: /is a registry/ });
});
