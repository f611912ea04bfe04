import { join } from 'node:path';
import t, { type Test } from 'tap';
import { sha256OfFile, verifyDigest } from '../../src/repository/digest.ts';

/** FIPS 180-2, appendix B.1. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

const versionOf = (t: Test, sha256Declared: string | undefined) => {
  const file = join(t.testdir({ 'model.onnx': 'abc' }), 'model.onnx');
  return { version: '1', file, bytes: 3, sha256Declared };
};

t.test('digests a file', async (t) => {
  t.equal(await sha256OfFile(versionOf(t, undefined).file), ABC);
});

t.test('verifies a file that is what is declared', async (t) => {
  t.equal(await verifyDigest(versionOf(t, ABC)), 'verified');
});

t.test('says when nothing is declared', async (t) => {
  t.equal(await verifyDigest(versionOf(t, undefined)), 'undeclared');
});

t.test('names the file and both digests when they differ', async (t) => {
  const declared = 'b'.repeat(64);
  await t.rejects(verifyDigest(versionOf(t, declared)), {
    message: new RegExp(`model\\.onnx is not the file .* is ${ABC}, declared is ${declared}`),
  });
});

t.test('refuses a file of which the scan has found a fault', async (t) => {
  const version = { ...versionOf(t, undefined), fault: 'It leads out of the folder.' };
  await t.rejects(verifyDigest(version), { name: 'ModelError', message: 'It leads out of the folder.' });
});
