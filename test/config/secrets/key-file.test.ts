import { chmodSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import t, { type Test } from 'tap';
import { faultOfMode, KeyFileError, readKeyFile } from '../../../src/config/secrets/key-file.ts';

/** A file of that mode. */
function fileOf(t: Test, mode: number, content: string | Buffer = 'planted'): string {
  const file = join(t.testdir({}), 'key');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

function faultOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof KeyFileError) return error.message;
    throw error;
  }
  return 'none';
}

t.test('judges a mode by what other users of the machine may do', (t) => {
  const private_ = [0o400, 0o600, 0o440, 0o640, 0o660, 0o500];
  for (const mode of private_) t.equal(faultOfMode(mode, 'private'), undefined, mode.toString(8));
  for (const mode of [0o444, 0o644, 0o604]) {
    t.match(faultOfMode(mode, 'private'), /can be read by every user/, mode.toString(8));
    t.equal(faultOfMode(mode, 'public'), undefined, mode.toString(8));
  }
  for (const mode of [0o666, 0o602, 0o777]) {
    for (const kind of ['private', 'public'] as const) {
      t.match(faultOfMode(mode, kind), /can be changed by every user/, mode.toString(8));
    }
  }
  t.match(faultOfMode(0o100644, 'private'), /mode 0644/, 'says the mode as chmod takes it');
  t.end();
});

t.test('reads a file that is private, and one that is public', (t) => {
  t.equal(readKeyFile(fileOf(t, 0o400), 'private').toString(), 'planted');
  t.equal(readKeyFile(fileOf(t, 0o644), 'public').toString(), 'planted');
  t.end();
});

t.test('refuses a secret that others may read, with what to do about it', (t) => {
  const file = fileOf(t, 0o644);
  const fault = faultOf(() => readKeyFile(file, 'private'));
  t.match(fault, /can be read by every user of this machine \(mode 0644\): chmod 0400 or 0440 it/);
  t.ok(fault.startsWith(file));
  t.notMatch(fault, 'planted');
  t.end();
});

t.test('a Secret of Kubernetes: the mode is that of the file behind the links', (t) => {
  const volume = t.testdir({});
  const put = (name: string, mode: number): void => {
    mkdirSync(join(volume, name));
    writeFileSync(join(volume, name, 'key'), name);
    chmodSync(join(volume, name, 'key'), mode);
    symlinkSync(name, join(volume, '..data_new'));
    renameSync(join(volume, '..data_new'), join(volume, '..data'));
  };
  put('..first', 0o440);
  symlinkSync('..data/key', join(volume, 'key'));
  t.equal(readKeyFile(join(volume, 'key'), 'private').toString(), '..first');
  put('..second', 0o644);
  t.match(
    faultOf(() => readKeyFile(join(volume, 'key'), 'private')),
    /defaultMode: 0440/,
  );
  put('..third', 0o400);
  t.equal(readKeyFile(join(volume, 'key'), 'private').toString(), '..third');
  t.end();
});

t.test('says what is there instead of a file', (t) => {
  const folder = t.testdir({});
  t.match(
    faultOf(() => readKeyFile(join(folder, 'none'), 'private')),
    /does not exist\.$/,
  );
  t.match(
    faultOf(() => readKeyFile(folder, 'private')),
    /is not a file\.$/,
  );
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  // It would wait for a writer.
  t.match(
    faultOf(() => readKeyFile(pipe, 'private')),
    /is not a file\.$/,
  );
  symlinkSync('circle', join(folder, 'circle'));
  t.match(
    faultOf(() => readKeyFile(join(folder, 'circle'), 'private')),
    /cannot be read \(ELOOP\)\.$/,
  );
  t.end();
});

t.test('bounds the size, also of a file that does not say its own', (t) => {
  t.equal(readKeyFile(fileOf(t, 0o400, 'x'.repeat(8)), 'private', 8).length, 8);
  t.match(
    faultOf(() => readKeyFile(fileOf(t, 0o400, 'x'.repeat(9)), 'private', 8)),
    /larger than 8 bytes/,
  );
  t.match(
    faultOf(() => readKeyFile('/proc/self/environ', 'private', 8)),
    /larger than 8 bytes/,
  );
  t.end();
});
