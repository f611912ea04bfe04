import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { contentDigest, sha256OfFile, verifyDigest } from '../../src/repository/digest.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { affine } from '../support/tiny-models.ts';

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

const MODEL = 'model.onnx';
const DATA = 'model.onnx.data';
const WHOLE = affine().file;
const GRAPH = externalModel();
const WEIGHTS = weightsOf(1);

/** A version of these files, of which these digests are declared. */
function versionOf(t: Test, files: Record<string, Buffer>, sha256Declared?: Record<string, string>) {
  const root = realpathSync(t.testdir(files));
  return { version: '1', file: join(root, MODEL), root, bytes: 0, sha256Declared };
}

t.test('digests a file', async (t) => {
  // FIPS 180-2, appendix B.1.
  const file = join(t.testdir({ a: 'abc' }), 'a');
  t.equal(await sha256OfFile(file), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

t.test('verifies files that are what is declared', async (t) => {
  t.equal(await verifyDigest(versionOf(t, { [MODEL]: WHOLE }, { [MODEL]: sha256(WHOLE) })), 'verified');
  const both = { [MODEL]: sha256(GRAPH), [DATA]: sha256(WEIGHTS) };
  t.equal(await verifyDigest(versionOf(t, { [MODEL]: GRAPH, [DATA]: WEIGHTS }, both)), 'verified');
});

t.test('says when nothing is declared', async (t) => {
  t.equal(await verifyDigest(versionOf(t, { [MODEL]: WHOLE })), 'undeclared');
});

t.test('names the file and both digests when they differ', async (t) => {
  const declared = 'b'.repeat(64);
  await t.rejects(verifyDigest(versionOf(t, { [MODEL]: WHOLE }, { [MODEL]: declared })), {
    name: 'ModelError',
    message: new RegExp(`model\\.onnx is not the file .* is ${sha256(WHOLE)}, declared is ${declared}`),
  });
});

t.test('refuses a changed weight in a file beside the model', async (t) => {
  const declared = { [MODEL]: sha256(GRAPH), [DATA]: sha256(WEIGHTS) };
  await t.rejects(verifyDigest(versionOf(t, { [MODEL]: GRAPH, [DATA]: weightsOf(77) }, declared)), {
    message: /model\.onnx\.data is not the file that model\.json declares/,
  });
});

t.test('refuses a file of a pinned version that has no digest, and says what to write', async (t) => {
  await t.rejects(
    verifyDigest(versionOf(t, { [MODEL]: GRAPH, [DATA]: WEIGHTS }, { [MODEL]: sha256(GRAPH) })),
    {
      message:
        /none for its file model\.onnx\.data: write "sha256": \{"1": \{"model\.onnx": "…", "model\.onnx\.data": "…"\}\}/,
    },
  );
});

t.test('refuses a digest of a file that the model does not take', async (t) => {
  const declared = { [MODEL]: sha256(WHOLE), [DATA]: sha256(WEIGHTS) };
  await t.rejects(verifyDigest(versionOf(t, { [MODEL]: WHOLE, [DATA]: WEIGHTS }, declared)), {
    message: /declares a sha256 of model\.onnx\.data for version 1, but its model\.onnx takes nothing from/,
  });
});

t.test('the digest of the content is that of the one file, or of what sha256sum prints', async (t) => {
  t.equal(await contentDigest(versionOf(t, { [MODEL]: WHOLE })), sha256(WHOLE));
  const printed = `${sha256(GRAPH)}  ${MODEL}\n${sha256(WEIGHTS)}  ${DATA}\n`;
  t.equal(await contentDigest(versionOf(t, { [MODEL]: GRAPH, [DATA]: WEIGHTS })), sha256(printed));
});
