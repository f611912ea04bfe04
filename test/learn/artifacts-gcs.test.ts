/** Artifacts in Google Cloud Storage: fake-gcs-server, which has generations and conditions, and an emulator that has neither. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { importSPKI, jwtVerify } from 'jose';
import t, { type Test } from 'tap';
import { lifecycleRules } from '../../src/artifacts/archive/lifecycle-rules.ts';
import { requireConditions } from '../../src/artifacts/archive/precondition.ts';
import { openArtifacts, type OpenArtifacts } from '../../src/artifacts/open.ts';
import { textContent } from '../../src/artifacts/store/content.ts';
import { systemClock } from '../../src/clock.ts';
import { unlessLacking } from '../clients/program.ts';
import { faultyHttp } from './faulty-http.ts';
import { keepsModels, keepsObjects } from './store-contract.ts';
import { fakeGcsIn, programsOf, startStore } from './stores.ts';

t.setTimeout(0);
const { value: bin, skip } = await unlessLacking(() => programsOf('gcs'));

const hasty = { ...systemClock, after: (_: number, task: () => void) => systemClock.after(0, task) };

const open = async (
  t: Pick<Test, 'teardown'>,
  endpoint: string,
  env: Record<string, string> = { STORAGE_EMULATOR_HOST: endpoint },
): Promise<OpenArtifacts & { archive: NonNullable<OpenArtifacts['archive']> }> => {
  const artifacts = await openArtifacts({ url: 'gs://bucket/of/tests', endpoint, env, clock: hasty });
  t.teardown(() => artifacts.source.close());
  return artifacts as OpenArtifacts & { archive: NonNullable<OpenArtifacts['archive']> };
};

async function withBucket(t: Test, url: string): Promise<void> {
  const made = await fetch(`${url}/storage/v1/b?project=tests`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bucket' }),
  });
  t.equal(made.status, 200, 'the bucket is made');
}

async function startFake(t: Test) {
  const args = (port: number) => [
    '-scheme',
    'http',
    '-backend',
    'memory',
    '-host',
    '127.0.0.1',
    '-port',
    String(port),
  ];
  const fake = await startStore(t, fakeGcsIn(bin!), args, { path: '/storage/v1/b' });
  await withBucket(t, fake.url);
  return fake;
}

t.test('fake-gcs-server keeps objects and models', { skip }, async (t) => {
  const { url } = await startFake(t);
  const { archive } = await open(t, url);
  await keepsObjects(t, archive.store, true);
  await keepsModels(t, archive);
  await requireConditions(archive.store);
});

t.test(
  'an emulator without conditions is found out, and keeps objects and models of one writer',
  { skip },
  async (t) => {
    const args = (port: number) => ['start', '--host=127.0.0.1', `--port=${port}`, '--in-memory'];
    const { url } = await startStore(t, join(bin!, 'gcp-storage-emulator'), args);
    await withBucket(t, url);
    const { archive } = await open(t, url);
    await t.rejects(requireConditions(archive.store), { fault: 'refused', message: /--only-writer/ });
    await archive.store.delete('precondition-probe');
    await keepsModels(t, archive);
  },
);

t.test('a store that is busy, or cuts an upload off, is asked again', { skip }, async (t) => {
  const { port } = await startFake(t);
  const proxy = await faultyHttp(t, port);
  const { archive } = await open(t, proxy.url);
  let busy = 2;
  proxy.judge = () => (busy-- > 0 ? { answer: 503, body: '{}' } : 'pass');
  await archive.store.put('a', textContent('x'));
  let torn = 2;
  proxy.judge = ({ method }) => (method === 'POST' && torn-- > 0 ? { tearAfter: 1 } : 'pass');
  await archive.store.put('b', textContent('y'));
  t.equal((await archive.store.head('b'))?.bytes, 1);
  proxy.judge = () => ({ answer: 429, body: '{"error": {"errors": [{"reason": "rateLimitExceeded"}]}}' });
  await t.rejects(archive.read(), { fault: 'unreachable', message: /rateLimitExceeded.*6 attempts/ });
});

t.test('the rules of a bucket are sent beside those of others', { skip }, async (t) => {
  // The emulators keep no rules: what is asked of Google is looked at here.
  const theirs = { action: { type: 'Delete' }, condition: { age: 3, matchesPrefix: ['logs/'] } };
  let rule: unknown[] = [theirs];
  const asked: string[] = [];
  const url = await answering(t, (method, path, body) => {
    asked.push(`${method} ${path}`);
    if (method === 'PATCH') ({ rule } = (JSON.parse(body) as { lifecycle: { rule: unknown[] } }).lifecycle);
    return { metageneration: '7', lifecycle: { rule } };
  });
  const { archive } = await open(t, url);
  for (const days of [30, 60]) await archive.store.lifecycle!.apply(lifecycleRules(days));
  t.match(asked[1], 'ifMetagenerationMatch=7');
  t.equal(rule.length, 7);
  t.same(rule[0], theirs);
  t.match(rule[1], {
    action: { type: 'Delete' },
    condition: { age: 60, matchesPrefix: ['of/tests/backups/'] },
  });
});

/** A server that answers JSON. */
async function answering(
  t: Pick<Test, 'teardown'>,
  answer: (method: string, path: string, body: string, headers: Record<string, unknown>) => unknown,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const said = answer(request.method!, request.url!, body, request.headers);
      response.writeHead(said === undefined ? 401 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(said ?? { error: { errors: [{ reason: 'authError' }] } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

t.test('a service account signs for its token, which is asked for anew when it is refused', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const file = join(t.testdir(), 'account.json');
  const assertions: string[] = [];
  let valid = 'token-1';
  const tokens = await answering(t, (_method, _path, body) => {
    assertions.push(new URLSearchParams(body).get('assertion') ?? '');
    return { access_token: `token-${assertions.length}`, expires_in: 3600 };
  });
  const url = await answering(t, (_method, _path, _body, headers) =>
    headers['authorization'] === `Bearer ${valid}` ? { size: '3', generation: '5' } : undefined,
  );
  const account = {
    type: 'service_account',
    client_email: 'net@project.test',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: `${tokens}/token`,
  };
  writeFileSync(file, JSON.stringify(account));
  const { archive } = await open(t, url, { GOOGLE_APPLICATION_CREDENTIALS: file });
  t.same(await archive.store.head('a'), { bytes: 3, tag: '5' });
  await archive.store.head('b');
  t.equal(assertions.length, 1, 'the token is kept');
  const spki = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const { payload, protectedHeader } = await jwtVerify(assertions[0]!, await importSPKI(spki, 'RS256'));
  t.match(payload, { iss: 'net@project.test', aud: `${tokens}/token`, scope: /devstorage/ });
  t.match(protectedHeader, { alg: 'RS256', kid: 'key-1' });
  valid = 'token-2';
  await archive.store.head('a');
  t.equal(assertions.length, 2);
  valid = 'none';
  await t.rejects(archive.store.head('a'), { fault: 'refused', message: /authError/ });
});

t.test('credentials that cannot be used are said to be, without what is in them', async (t) => {
  const folder = t.testdir({
    other: '{"type": "unknown", "private_key": "secret"}',
    broken: '{"type": "service_account", "client_email": "a@b", "private_key": "secret"}',
  });
  for (const [file, why] of [
    ['none', /cannot be read/],
    ['other', /no file of a service account/],
    ['broken', /no private key in PEM/],
  ] as const) {
    const env = { GOOGLE_APPLICATION_CREDENTIALS: join(folder, file) };
    const { archive } = await open(t, 'http://127.0.0.1:9', env);
    await t.rejects(archive.read(), { fault: 'refused', message: why });
    await archive.read().catch((error: Error) => t.notMatch(error.message, 'secret'));
  }
});

t.test('an external account exchanges the token in its file', async (t) => {
  const forms: string[] = [];
  const tokens = await answering(t, (_method, _path, body) => {
    forms.push(body);
    return { access_token: 'given', expires_in: 60 };
  });
  const url = await answering(t, (_method, _path, _body, { authorization }) =>
    authorization === 'Bearer given' ? { size: '1', generation: '1' } : undefined,
  );
  const folder = t.testdir({ token: '{"jwt": "of the pod"}' });
  const account = {
    type: 'external_account',
    audience: '//iam.test/pool',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${tokens}/sts`,
    credential_source: {
      file: join(folder, 'token'),
      format: { type: 'json', subject_token_field_name: 'jwt' },
    },
  };
  writeFileSync(join(folder, 'account'), JSON.stringify(account));
  const { archive } = await open(t, url, { GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'account') });
  t.same(await archive.store.head('a'), { bytes: 1, tag: '1' });
  t.equal(new URLSearchParams(forms[0]).get('subject_token'), 'of the pod');
});
