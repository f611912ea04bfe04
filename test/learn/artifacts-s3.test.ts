/** Artifacts in S3: the server is moto, which has conditions, versions, lifecycle rules, STS, and checks signatures. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { lifecycleRules } from '../../src/artifacts/archive/lifecycle-rules.ts';
import { requireConditions } from '../../src/artifacts/archive/precondition.ts';
import { openArtifacts, type ArtifactSettings, type OpenArtifacts } from '../../src/artifacts/open.ts';
import { elements, textIn } from '../../src/artifacts/s3/xml.ts';
import { systemClock } from '../../src/clock.ts';
import { textContent } from '../../src/artifacts/store/content.ts';
import { keysOf, pulledFrom, pushed, writeVersion } from '../artifacts/models.ts';
import { ortolan } from '../cli/ortolan.ts';
import { unlessLacking } from '../clients/program.ts';
import { affine } from '../support/tiny-models.ts';
import { faultyHttp } from './faulty-http.ts';
import { keepsModels, keepsObjects } from './store-contract.ts';
import { programsOf, startStore } from './stores.ts';

t.setTimeout(0);
const { value: bin, skip } = await unlessLacking(() => programsOf('moto'));

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

/** Waits are not waited for. */
const hasty = { ...systemClock, after: (_: number, task: () => void) => systemClock.after(0, task) };

async function startMoto(t: Test) {
  const moto = await startStore(t, join(bin!, 'moto_server'), (port) => [
    '-H',
    '127.0.0.1',
    '-p',
    String(port),
  ]);
  const made = await fetch(`${moto.url}/bucket`, { method: 'PUT' });
  t.equal(made.status, 200, 'the bucket is made');
  return moto;
}

const open = async (
  t: Pick<Test, 'teardown'>,
  endpoint: string,
  settings: Partial<ArtifactSettings> = {},
): Promise<OpenArtifacts & { archive: NonNullable<OpenArtifacts['archive']> }> => {
  const artifacts = await openArtifacts({
    url: 's3://bucket/of/tests',
    endpoint,
    env: KEYS,
    clock: hasty,
    ...settings,
  });
  t.teardown(() => artifacts.source.close());
  return artifacts as OpenArtifacts & { archive: NonNullable<OpenArtifacts['archive']> };
};

t.test('S3 keeps objects and models', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const { archive } = await open(t, url);
  await keepsObjects(t, archive.store, true);
  await keepsModels(t, archive);
  await requireConditions(archive.store);
});

t.test('what a push, a look and a pull cost is known', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const base = t.testdir({ from: {}, to: {} });
  const [from, to] = [join(base, 'from'), join(base, 'to')];
  writeVersion(from, 1, 1);
  const pusher = await open(t, url);
  await pushed(pusher.archive, from);
  t.equal(pusher.traffic().requests, 4, 'the index is read and written, and two files are sent');
  writeVersion(from, 1, 2);
  await pushed(pusher.archive, from);
  t.equal(pusher.traffic().requests - 4, 6, 'one file is sent, and a backup of two is copied and described');
  const server = await open(t, url);
  const offer = await server.source.offer();
  t.equal(server.traffic().requests, 1);
  t.not(offer, 'unchanged');
  t.equal(offer === 'unchanged' || (await server.source.offer(offer.tag)), 'unchanged');
  t.equal(server.traffic().requests, 2, 'a look is one request');
  const before = server.traffic();
  t.equal(
    before.receivedBytes - Number((await pusher.archive.store.head('index.json'))!.bytes),
    0,
    'and its answer empty',
  );
  await pulledFrom(server.source, to);
  t.equal(server.traffic().requests - before.requests, 3, 'a pull is the index and each file once');
  t.comment(`a pull of ${server.traffic().receivedBytes - before.receivedBytes} bytes`);
});

t.test(
  'a store that is busy for a while is waited for, and one that stays busy is said to be',
  { skip },
  async (t) => {
    const { url, port } = await startMoto(t);
    const proxy = await faultyHttp(t, port);
    const { archive } = await open(t, proxy.url);
    const slow = {
      answer: 503,
      body: '<Error><Code>SlowDown</Code></Error>',
      headers: { 'retry-after': '1' },
    } as const;
    let busy = 3;
    proxy.judge = () => (busy-- > 0 ? slow : 'pass');
    await archive.store.put('a', textContent('x'));
    t.equal(proxy.passed.length, 4);
    proxy.judge = () => slow;
    await t.rejects(archive.store.head('a'), { fault: 'unreachable', message: /busy/ });
    await t.rejects(archive.store.get('a'), { fault: 'unreachable', message: /SlowDown.*6 attempts/ });
    t.ok(url);
  },
);

t.test('an upload that is torn leaves nothing, and is made again', { skip }, async (t) => {
  const { url, port } = await startMoto(t);
  const proxy = await faultyHttp(t, port);
  const from = t.testdir();
  writeVersion(from, 1, 1);
  let torn = 2;
  proxy.judge = ({ method, path }) =>
    method === 'PUT' && path.includes('/blobs/') && torn-- > 0 ? { tearAfter: 1 } : 'pass';
  await pushed((await open(t, proxy.url)).archive, from);
  proxy.judge = ({ method, path }) =>
    method === 'PUT' && path.includes('/blobs/') ? { tearAfter: 1 } : 'pass';
  writeVersion(from, 1, 2);
  await t.rejects(pushed((await open(t, proxy.url)).archive, from), { fault: 'unreachable', message: /./ });
  const { source, archive } = await open(t, url);
  t.match(await pulledFrom(source, join(from, 'to')), { failures: [], models: [{ added: ['1'] }] });
  t.equal((await keysOf(archive.store, 'blobs/')).length, 2, 'only what was whole is there');
});

t.test('a download that is cut off goes on where it was', { skip }, async (t) => {
  const { port } = await startMoto(t);
  const proxy = await faultyHttp(t, port);
  const base = t.testdir({ from: {} });
  writeVersion(join(base, 'from'), 1, 1);
  writeFileSync(join(base, 'from/net/1/weights.bin'), Buffer.alloc(3_000_000, 'weights'));
  const { archive, source } = await open(t, proxy.url);
  await pushed(archive, join(base, 'from'));
  let cut = 5;
  proxy.judge = ({ method, path }) =>
    method === 'GET' && path.includes('/blobs/') && cut-- > 0 ? { cutAfter: 100_000 } : 'pass';
  proxy.passed.length = 0;
  t.match(await pulledFrom(source, join(base, 'to')), { failures: [], models: [{ added: ['1'] }] });
  t.ok(
    proxy.passed.some(({ range }) => range !== undefined && range !== 'bytes=0-'),
    'from a byte on',
  );
  t.same(
    readFileSync(join(base, 'to/net/1/weights.bin')),
    readFileSync(join(base, 'from/net/1/weights.bin')),
  );
});

t.test('other bytes than were pushed are refused, and what was there stays', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const base = t.testdir({ from: {} });
  writeVersion(join(base, 'from'), 1, 1);
  const { archive, source } = await open(t, url);
  await pushed(archive, join(base, 'from'));
  await pulledFrom(source, join(base, 'to'));
  writeVersion(join(base, 'from'), 1, 2);
  await pushed(archive, join(base, 'from'));
  const { sha256, bytes } = (await archive.read()).index.models['net']!.versions['1']!.files[0]!;
  const key = `blobs/net/sha256-${sha256}`;
  await archive.store.put(key, textContent('x'.repeat(bytes)));
  t.match(await pulledFrom(source, join(base, 'to')), {
    failures: [{ fault: 'corrupt', reason: /its sha256 is/ }],
  });
  await archive.store.put(key, textContent('short'));
  t.match(await pulledFrom(source, join(base, 'to')), {
    failures: [{ fault: 'corrupt', reason: /5 bytes instead/ }],
  });
  t.same(readFileSync(join(base, 'to/net/1/model.onnx')), affine('N', 1).file);
});

t.test('the rules of the bucket are set beside those of others', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const theirs =
    '<LifecycleConfiguration><Rule><ID>theirs</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>';
  await fetch(`${url}/bucket?lifecycle`, { method: 'PUT', body: theirs });
  const { archive } = await open(t, url);
  for (const days of [30, 60]) await archive.store.lifecycle!.apply(lifecycleRules(days));
  const rules = elements(await (await fetch(`${url}/bucket?lifecycle`)).text(), 'Rule');
  t.same(
    rules.map((rule) => [textIn(rule, 'ID'), textIn(rule, 'Days') ?? textIn(rule, 'NoncurrentDays')]),
    [
      ['theirs', '3'],
      ['ortolan of/tests/backups', '60'],
      ['ortolan of/tests/blobs', '60'],
      ['ortolan of/tests/index', '60'],
    ],
  );
  t.match(archive.store.lifecycle!.written(lifecycleRules(30)), 'of/tests/backups/');
});

t.test('a bucket that is not there is said so', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const { archive } = await open(t, url, { url: 's3://other-bucket/x' });
  await t.rejects(archive.read(), { fault: 'missing', message: /no such bucket/ });
  await t.rejects(archive.store.put('a', textContent('x')), { fault: 'missing', message: /no such bucket/ });
});

/** Calls IAM without credentials, as long as moto asks for none. */
async function iam(url: string, action: string, parameters: Record<string, string>): Promise<string> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=x';
  const body = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
  const answer = await fetch(url, { method: 'POST', body, headers: { authorization } });
  return answer.text();
}

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }],
});

t.test(
  'signatures and credentials are checked: by file, renewed when they have run out, and never shown',
  { skip },
  async (t) => {
    const { url, port } = await startMoto(t);
    await iam(url, 'CreateUser', { UserName: 'net' });
    await iam(url, 'PutUserPolicy', { UserName: 'net', PolicyName: 'all', PolicyDocument: POLICY });
    const key = await iam(url, 'CreateAccessKey', { UserName: 'net' });
    const [id, secret] = [textIn(key, 'AccessKeyId')!, textIn(key, 'SecretAccessKey')!];
    await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    const home = t.testdir();
    const file = join(home, 'credentials');
    const write = (profile: string, keyId: string, key: string): void =>
      writeFileSync(file, `[${profile}]\naws_access_key_id = ${keyId}\naws_secret_access_key=${key}\n`);
    const env = {
      AWS_SHARED_CREDENTIALS_FILE: file,
      AWS_PROFILE: 'tests',
      HOME: home,
      AWS_EC2_METADATA_DISABLED: 'true',
    };

    write('tests', id, secret);
    const { archive } = await open(t, url, { env });
    await archive.store.put(`a b/ü'(1)*.json`, textContent('signed'));
    t.same(await keysOf(archive.store), [`a b/ü'(1)*.json`]);

    for (const [what, keyId, wrong] of [
      ['another secret', id, 'not the secret'],
      ['an unknown key', 'AKIAUNKNOWN', secret],
    ] as const) {
      write('tests', keyId, wrong);
      const other = await open(t, url, { env });
      await t.rejects(
        other.archive.read(),
        { fault: 'refused', message: /SignatureDoesNotMatch|InvalidAccessKeyId|AccessDenied/ },
        what,
      );
      await other.archive
        .read()
        .catch((error: Error) => t.notMatch(error.message, wrong, 'no secret is shown'));
    }

    // The store says that they have expired; the file has others by then.
    write('tests', id, secret);
    const proxy = await faultyHttp(t, port);
    const renewing = await open(t, proxy.url, { env });
    await renewing.archive.read();
    let refused = 0;
    proxy.judge = () => {
      if (refused++ > 0) return 'pass';
      return { answer: 400, body: '<Error><Code>ExpiredToken</Code></Error>' };
    };
    await renewing.archive.read();
    t.equal(refused, 2, 'asked again with what was read anew');
    proxy.judge = () => ({ answer: 400, body: '<Error><Code>ExpiredToken</Code></Error>' });
    await t.rejects(renewing.archive.read(), { fault: 'refused', message: /have expired/ });

    const none = await open(t, url, { env: { HOME: home, AWS_EC2_METADATA_DISABLED: 'true' } });
    await t.rejects(none.archive.read(), { fault: 'refused', message: /no credentials for S3/ });
  },
);

t.test('a web identity gets credentials of its role from STS', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const role = await iam(url, 'CreateRole', { RoleName: 'net', AssumeRolePolicyDocument: POLICY });
  await iam(url, 'PutRolePolicy', { RoleName: 'net', PolicyName: 'all', PolicyDocument: POLICY });
  await fetch(`${url}/moto-api/reset-auth`, { method: 'POST', body: '1' });
  const folder = t.testdir({ token: 'header.payload.signature\n' });
  const env = {
    AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'token'),
    AWS_ROLE_ARN: textIn(role, 'Arn')!,
    AWS_ENDPOINT_URL: url,
    HOME: folder,
  };
  const { archive } = await open(t, url, { env });
  await archive.store.put('a', textContent('x'));
  t.same(await keysOf(archive.store), ['a']);
  const gone = await open(t, url, { env: { ...env, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'none') } });
  await t.rejects(gone.archive.read(), { fault: 'refused', message: /none, of AWS_WEB_IDENTITY_TOKEN_FILE/ });
});

t.test('the commands work on it', { skip }, async (t) => {
  const { url } = await startMoto(t);
  const base = t.testdir({ from: {}, to: {} });
  const [from, to] = [join(base, 'from'), join(base, 'to')];
  const env = { ...KEYS, ORTOLAN_ARTIFACTS_URL: 's3://bucket/models', AWS_ENDPOINT_URL_S3: url };
  const run = async (...args: string[]) => {
    const ended = await ortolan(['artifacts', ...args], env, base);
    t.equal(ended.code, 0, `${args.join(' ')}: ${ended.err}`);
    return ended.out;
  };
  writeVersion(from, 1, 1);
  t.match(
    await run('push', 'net', '--models', from),
    /net is in s3:\/\/bucket\/models: added 1; settings written/,
  );
  t.match(await run('list'), /net +1 +1 +\d+ bytes +sha256:[0-9a-f]{64}/);
  t.match(await run('pull', '--models', to), /added 1; .* fetched, all digests compared/);
  writeVersion(from, 1, 2);
  const { backup } = JSON.parse(await run('push', 'net/1', '--models', from, '--json')) as { backup: string };
  t.match(await run('list', '--backups'), backup);
  t.match(await run('restore', 'net'), `as it was in ${backup}`);
  t.match(await run('prune', '--keep', '30d'), 'Deleted 0 backups and 0 files');
  t.match(await run('lifecycle', '--apply'), 'after 30 days');
  t.match(await run('remove', 'net/1'), 'no longer in');
  t.match(await run('list'), 'There is no model');
  const wrong = await ortolan(['artifacts', 'pull', 'net', '--models', to], env, base);
  t.match(wrong, { code: 1, err: /There is no model/ });
});
