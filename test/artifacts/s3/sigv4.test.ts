/** The examples of AWS: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
import t from 'tap';
import { EMPTY_SHA256, encoded, encodedKey, signed } from '../../../src/artifacts/s3/sigv4.ts';

const SIGNER = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const NOW = new Date('2013-05-24T00:00:00Z');

const signatureOf = (
  method: string,
  url: string,
  headers: Record<string, string>,
  bodySha256 = EMPTY_SHA256,
) =>
  signed({ method, url: new URL(url), headers, bodySha256 }, SIGNER, 'us-east-1', 's3', NOW)['authorization'];

t.test('a download of a range is signed as the example has it', async (t) => {
  const authorization = signatureOf('GET', 'https://examplebucket.s3.amazonaws.com/test.txt', {
    range: 'bytes=0-9',
  });
  t.match(authorization, 'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date');
  t.match(authorization, 'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41');
});

t.test('an upload is signed as the example has it', async (t) => {
  const authorization = signatureOf(
    'PUT',
    'https://examplebucket.s3.amazonaws.com/test%24file.text',
    { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
  );
  t.match(authorization, 'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd');
});

t.test('queries are signed as the examples have them', async (t) => {
  const bucket = 'https://examplebucket.s3.amazonaws.com';
  t.match(
    signatureOf('GET', `${bucket}/?lifecycle=`, {}),
    'Signature=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  );
  t.match(
    signatureOf('GET', `${bucket}/?max-keys=2&prefix=J`, {}),
    'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  );
});

t.test('the token of a session is sent and signed', async (t) => {
  const headers = signed(
    { method: 'GET', url: new URL('https://b.test/k'), headers: {}, bodySha256: EMPTY_SHA256 },
    { ...SIGNER, sessionToken: 'token' },
    'us-east-1',
    's3',
    NOW,
  );
  t.equal(headers['x-amz-security-token'], 'token');
  t.match(headers['authorization'], 'x-amz-security-token');
});

t.test('keys are encoded but for their slashes', async (t) => {
  t.equal(encodedKey("a b/ü'(1)*!.onnx"), 'a%20b/%C3%BC%27%281%29%2A%21.onnx');
  t.equal(encoded('a/b+c'), 'a%2Fb%2Bc');
});
