import { execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { LAUNCHER } from './ortolan.ts';

/** A folder laid out like an installed Ortolan, with a stand-in for node that says what it was given. */
function installed(t: Test, files: Record<string, string>): string {
  const root = t.testdir();
  for (const [path, content] of Object.entries(files)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, 0o755);
  }
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(LAUNCHER, join(root, 'bin', 'ortolan'));
  return root;
}

const echoing = (version: string): string =>
  `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "$0" "$@"; fi\n`;

const run = (file: string, path: string) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { PATH: `${path}:/usr/bin:/bin` };
    execFile(file, ['serve', '--port', 'a b'], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

const OWN_NODE = 'node_modules/node/bin/node';

t.test('prefers the node that is installed with it, and passes every word on', async (t) => {
  const root = installed(t, { [OWN_NODE]: echoing('v24.0.0'), 'src/main.ts': '' });
  const { out } = await run(join(root, 'bin', 'ortolan'), '');
  t.equal(out, `${join(root, OWN_NODE)} ${join(root, 'src', 'main.ts')} serve --port a b\n`);
});

t.test('runs the built program where there are no sources', async (t) => {
  const root = installed(t, { [OWN_NODE]: echoing('v24.0.0'), 'dist/src/main.js': '' });
  t.match((await run(join(root, 'bin', 'ortolan'), '')).out, join(root, 'dist', 'src', 'main.js'));
});

t.test('finds itself through links', async (t) => {
  const root = installed(t, { [OWN_NODE]: echoing('v24.0.0'), 'src/main.ts': '', 'other/place/x': '' });
  symlinkSync('../../bin/ortolan', join(root, 'other', 'place', 'one'));
  symlinkSync(join(root, 'other', 'place', 'one'), join(root, 'two'));
  t.match((await run(join(root, 'two'), '')).out, join(root, 'src', 'main.ts'));
});

for (const version of ['v22.19.0', 'v22.20.1', 'v24.0.0']) {
  t.test(`takes a system node ${version}`, async (t) => {
    const root = installed(t, { 'path/node': echoing(version), 'src/main.ts': '' });
    t.equal((await run(join(root, 'bin', 'ortolan'), join(root, 'path'))).code, 0);
  });
}

for (const version of ['v22.18.9', 'v20.20.2', 'nonsense']) {
  t.test(`refuses a system node ${version} with one sentence and exit code 2`, async (t) => {
    const root = installed(t, { 'path/node': echoing(version), 'src/main.ts': '' });
    const { code, out, err } = await run(join(root, 'bin', 'ortolan'), join(root, 'path'));
    t.equal(code, 2);
    t.equal(out, '');
    t.match(err, /^ortolan: Node 22\.19 or later is needed: [^\n]*\n$/);
  });
}

t.test('becomes node, so that a signal goes straight to it', async (t) => {
  const root = installed(t, { [OWN_NODE]: '#!/bin/sh\necho $$\nexec sleep 60\n', 'src/main.ts': '' });
  const child = spawn(join(root, 'bin', 'ortolan'));
  const said = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
  );
  t.equal(Number(said), child.pid);
  const signal = new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
  child.kill('SIGTERM');
  t.equal(await signal, 'SIGTERM');
});
