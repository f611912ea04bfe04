import t from 'tap';
import { parseAddress } from '../../src/artifacts/address.ts';

const SHA = 'a'.repeat(64);

t.test('each form of address is understood', async (t) => {
  t.same(parseAddress('file:///srv/a%20store/'), { kind: 'file', folder: '/srv/a store' });
  t.same(parseAddress('s3://bucket.one/a//b/'), { kind: 's3', bucket: 'bucket.one', prefix: 'a/b/' });
  t.same(parseAddress('gs://bucket_2'), { kind: 'gs', bucket: 'bucket_2', prefix: '' });
  t.same(parseAddress('oci://localhost:5000/team/net:v1'), {
    kind: 'oci',
    origin: 'http://localhost:5000',
    repository: 'team/net',
    reference: 'v1',
  });
  t.match(parseAddress(`oci://ghcr.example/net@sha256:${SHA}`), {
    origin: 'https://ghcr.example',
    reference: `sha256:${SHA}`,
  });
  t.match(parseAddress('oci+http://registry.test/net'), {
    origin: 'http://registry.test',
    reference: 'latest',
  });
  t.same(parseAddress('mlflow+http://127.0.0.1:5000/digits%20net@champion'), {
    kind: 'mlflow',
    origin: 'http://127.0.0.1:5000',
    name: 'digits net',
    chosen: { alias: 'champion' },
  });
  t.match(parseAddress('mlflow+https://ml.test/net/3'), { chosen: { version: '3' } });
});

for (const [text, why] of [
  ['bucket/prefix', /no URL/],
  ['http://bucket/prefix', /begins with none/],
  ['file://host/folder', /three slashes/],
  ['file:///', /no folder/],
  ['s3:///prefix', /no bucket/],
  ['s3://B_/x', /no bucket/],
  ['s3://user:secret@bucket/x', /credentials do not belong/],
  ['s3://bucket/x?versionId=1', /query/],
  ['s3://bucket/a/%2e%2e%2fb', /no names/],
  ['s3://bucket/%ff', /not encoded/],
  ['oci://localhost:5000/Net:1', /no repository/],
  ['oci://localhost:5000/net:', /no tag/],
  ['oci://localhost:5000/net@sha256:abc', /no tag or digest/],
  ['mlflow+http://host/net', /no registered model/],
  [`s3://${'b'.repeat(3000)}`, /no URL/],
] as const) {
  t.test(`${text.slice(0, 40)} is refused with a reason`, async (t) => {
    t.throws(() => parseAddress(text), { fault: 'invalid', message: why });
    try {
      parseAddress(text);
    } catch (error) {
      t.notMatch((error as Error).message, 'secret');
    }
  });
}
