import { join } from 'node:path';
import t from 'tap';
import { awsCredentials, awsRegion } from '../../../src/artifacts/credentials/aws.ts';
import { parseIni } from '../../../src/artifacts/credentials/ini.ts';
import { Kept } from '../../../src/artifacts/credentials/kept.ts';
import { StoreConnection } from '../../../src/outbound/store/connection.ts';
import { jsonServer } from '../json-server.ts';

const connection = new StoreConnection();
t.teardown(() => connection.close());

const facts = (env: Record<string, string>) => ({
  env: { AWS_EC2_METADATA_DISABLED: 'true', ...env },
  region: 'us-east-1',
  connection,
  signal: undefined,
  now: Date.now,
});

t.test('shared files are read as other programs read them', async (t) => {
  const text =
    '# c\n; c\n[default]\nregion = eu-west-1\ns3 =\n  max = 3\n[ profile a ]\nAWS_X=a=b\nnonsense\n';
  t.same(
    [...parseIni(text)].map(([name, of]) => [name, Object.fromEntries(of)]),
    [
      ['default', { region: 'eu-west-1', s3: '' }],
      ['profile a', { aws_x: 'a=b' }],
    ],
  );
});

t.test('variables come before files, and half of them is said', async (t) => {
  const folder = t.testdir({
    '.aws': { credentials: '[default]\naws_access_key_id=f\naws_secret_access_key=s\n' },
  });
  t.match(await awsCredentials(facts({ HOME: folder })), { accessKeyId: 'f', secretAccessKey: 's' });
  const both = { AWS_ACCESS_KEY_ID: 'e', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 't' };
  t.same(await awsCredentials(facts({ HOME: folder, ...both })), {
    accessKeyId: 'e',
    secretAccessKey: 'x',
    sessionToken: 't',
  });
  await t.rejects(awsCredentials(facts({ AWS_ACCESS_KEY_ID: 'e' })), {
    fault: 'refused',
    message: /Only one of/,
  });
});

t.test('a profile is found in either file, and its region', async (t) => {
  const folder = t.testdir({
    '.aws': { config: '[profile p]\nregion=eu-north-1\naws_access_key_id=c\naws_secret_access_key=s\n' },
  });
  const env = { HOME: folder, AWS_PROFILE: 'p' };
  t.match(await awsCredentials(facts(env)), { accessKeyId: 'c' });
  t.equal(await awsRegion(env), 'eu-north-1');
  t.equal(await awsRegion({ ...env, AWS_REGION: 'us-west-2' }), 'us-west-2');
  await t.rejects(awsCredentials(facts({ ...env, AWS_PROFILE: 'q' })), {
    fault: 'refused',
    message: /names "q"/,
  });
});

t.test('a container is handed credentials by the service beside it', async (t) => {
  const folder = t.testdir({ token: 'let me in\n' });
  const asked: unknown[] = [];
  const url = await jsonServer(t, ({ headers }) => {
    asked.push(headers['authorization']);
    return { AccessKeyId: 'a', SecretAccessKey: 'b', Token: 'c', Expiration: '2030-01-01T00:00:00Z' };
  });
  const env = {
    HOME: folder,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(folder, 'token'),
  };
  t.same(await awsCredentials(facts(env)), {
    accessKeyId: 'a',
    secretAccessKey: 'b',
    sessionToken: 'c',
    expiresAt: Date.UTC(2030, 0, 1),
  });
  t.same(asked, ['let me in']);
});

t.test('an instance is handed credentials behind a token', async (t) => {
  const url = await jsonServer(t, ({ url: path, method, headers }) => {
    if (method === 'PUT') return 'session';
    if (headers['x-aws-ec2-metadata-token'] !== 'session') return undefined;
    if (path!.endsWith('/security-credentials/')) return 'role';
    return { AccessKeyId: 'a', SecretAccessKey: 'b', Token: 'c', Expiration: '2030-01-01T00:00:00Z' };
  });
  const home = t.testdir();
  const env = { HOME: home, AWS_EC2_METADATA_SERVICE_ENDPOINT: url, AWS_EC2_METADATA_DISABLED: 'false' };
  t.match(await awsCredentials(facts(env)), { accessKeyId: 'a', sessionToken: 'c' });
  await t.rejects(awsCredentials(facts({ HOME: home })), {
    fault: 'refused',
    message: /no credentials for S3/,
  });
});

t.test('credentials are kept until shortly before their end, and fetched once for all', async (t) => {
  let [now, fetched] = [0, 0];
  const kept = new Kept(
    async () => ({ number: ++fetched, expiresAt: now + 3_600_000 }),
    () => now,
  );
  t.same(
    (await Promise.all([kept.get(), kept.get()])).map(({ number }) => number),
    [1, 1],
  );
  now = 3_600_000 - 5 * 60_000 - 1;
  t.equal((await kept.get()).number, 1);
  now += 2;
  t.equal((await kept.get()).number, 2);
  kept.renew();
  t.equal((await kept.get()).number, 3);
});
