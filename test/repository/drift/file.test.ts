import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { readReference, writeReference } from '../../../src/repository/drift/file.ts';
import { textOf } from '../../../src/repository/drift/reference.ts';
import { stampsOf } from '../../../src/repository/look/stamps.ts';
import type { VersionEntry } from '../../../src/repository/versions.ts';
import { madeReference, Rows } from '../../quality/drift/fixtures.ts';

const REFERENCE = madeReference(new Rows(1), 300);

function versionIn(t: Pick<Test, 'testdir'>): { readonly folder: string; readonly version: VersionEntry } {
  const root = t.testdir();
  const folder = join(root, 'm', '1');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'model.onnx'), 'weights');
  const file = join(folder, 'model.onnx');
  return { folder, version: { version: '1', file, root, bytes: 7, sha256Declared: undefined } };
}

t.test('a reference is written whole, and nothing else is left', async (t) => {
  const { folder, version } = versionIn(t);
  t.equal(await readReference(version), undefined);
  t.equal(await writeReference(version, REFERENCE), join(folder, 'drift.json'));
  t.strictSame(readdirSync(folder).sort(), ['drift.json', 'model.onnx']);
  t.strictSame(await readReference(version), REFERENCE);
});

t.test(
  'a folder that cannot be written keeps what it has',
  { skip: process.getuid?.() === 0 && 'root writes anywhere' },
  async (t) => {
    const { folder, version } = versionIn(t);
    await writeReference(version, REFERENCE);
    chmodSync(folder, 0o500);
    t.teardown(() => chmodSync(folder, 0o700));
    await t.rejects(writeReference(version, { ...REFERENCE, window: 60 }), {
      message: /cannot be written \(EACCES\)/,
    });
    t.strictSame(await readReference(version), REFERENCE);
  },
);

t.test('a signature that covers every file is not broken', async (t) => {
  const { folder, version } = versionIn(t);
  writeFileSync(join(folder, 'model.sig'), '{}');
  await t.rejects(writeReference(version, REFERENCE), { message: /would break the signature/ });
  t.strictSame(readdirSync(folder).sort(), ['model.onnx', 'model.sig']);
  const signed = { signer: '', digests: new Map(), shared: undefined, model: folder };
  const leftOut = { ...version, signed: { ...signed, ignored: ['model.sig', 'drift.json'] } };
  await writeReference(leftOut, REFERENCE);
  t.strictSame(await readReference(version), REFERENCE);
});

t.test('a file that is too large, no text, or a link out of the models folder is refused', async (t) => {
  const { folder, version } = versionIn(t);
  const file = join(folder, 'drift.json');
  writeFileSync(file, Buffer.alloc(1024 * 1024 + 1, ' '));
  await t.rejects(readReference(version), { message: /more than 1048576 bytes/ });
  writeFileSync(file, Buffer.of(0xff, 0xfe, 0x00));
  await t.rejects(readReference(version), { message: /UTF-16/ });
  rmSync(file);
  const outside = join(version.root, '..', `${basename(version.root)}-outside.json`);
  writeFileSync(outside, textOf(REFERENCE));
  t.teardown(() => rmSync(outside));
  symlinkSync(outside, file);
  await t.rejects(readReference(version), { message: /leads out of/ });
});

t.test('a reference that is written does not load the version again', async (t) => {
  const { folder, version } = versionIn(t);
  const before = await stampsOf(join(folder, '..'), [version]);
  await writeReference(version, REFERENCE);
  t.strictSame(await stampsOf(join(folder, '..'), [version]), before);
  writeFileSync(join(folder, 'model.onnx'), 'other');
  t.notSame(await stampsOf(join(folder, '..'), [version]), before);
  t.match(readFileSync(join(folder, 'drift.json'), 'utf8'), /ortolan-drift-1/);
});
