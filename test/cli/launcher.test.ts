import { execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { LAUNCHER } from './ortolan.ts';

/** A folder laid out like an installed Ortolan, with a fake node that prints its arguments. */
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
  copyFileSync(join(dirname(LAUNCHER), 'supervise'), join(root, 'bin', 'supervise'));
  return root;
}

const echoing = (version: string): string =>
  `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "$0" "$@"; fi\n`;

const run = (file: string, path: string, more: Record<string, string> = {}) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const env = { PATH: `${path}:/usr/bin:/bin`, ...more };
    execFile(file, ['serve', '--port', 'a b'], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });

const OWN_NODE = 'node_modules/.bin/node';

t.test('prefers the node that is installed with it, and passes all arguments on', async (t) => {
  const root = installed(t, { [OWN_NODE]: echoing('v24.0.0'), 'src/main.ts': '' });
  const { out } = await run(join(root, 'bin', 'ortolan'), '');
  t.match(out, ` ${join(root, 'src', 'main.ts')} serve --port a b\n`);
  t.equal(out.split(' ')[0], join(root, OWN_NODE));
});

t.test('runs the built program when there are no sources', async (t) => {
  const root = installed(t, { [OWN_NODE]: echoing('v24.0.0'), 'dist/src/main.js': '' });
  t.match((await run(join(root, 'bin', 'ortolan'), '')).out, join(root, 'dist', 'src', 'main.js'));
});

t.test('finds its own folder through links', async (t) => {
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

const TELLING = '#!/bin/sh\necho "[${NODE_COMPILE_CACHE:-}]"\n';

t.test('has node keep compiled code in a folder that only this user can write', async (t) => {
  const root = installed(t, { [OWN_NODE]: TELLING, 'src/main.ts': '' });
  const launcher = join(root, 'bin', 'ortolan');
  const cache = join(root, 'a cache');
  const code = join(cache, 'code');
  t.equal((await run(launcher, '', { ORTOLAN_CACHE_DIR: cache })).out, `[${code}]\n`);
  t.equal(statSync(code).mode & 0o077, 0);
  chmodSync(code, 0o720);
  t.equal((await run(launcher, '', { ORTOLAN_CACHE_DIR: cache })).out, '[]\n', 'others may write to it');
  chmodSync(code, 0o755);
  t.equal((await run(launcher, '', { ORTOLAN_CACHE_DIR: cache })).out, `[${code}]\n`);
  const home = join(root, 'home');
  t.equal((await run(launcher, '', { HOME: home })).out, `[${join(home, '.cache', 'ortolan', 'code')}]\n`);
  t.equal(
    (await run(launcher, '', { NODE_COMPILE_CACHE: '/mine' })).out,
    '[/mine]\n',
    'the operator has chosen',
  );
});

t.test('starts without a compile cache when the folder cannot be made', async (t) => {
  const root = installed(t, { [OWN_NODE]: TELLING, 'src/main.ts': '', file: '' });
  const launcher = join(root, 'bin', 'ortolan');
  t.same(await run(launcher, '', { ORTOLAN_CACHE_DIR: join(root, 'file') }), {
    code: 0,
    out: '[]\n',
    err: '',
  });
  t.same(await run(launcher, ''), { code: 0, out: '[]\n', err: '' });
});

t.test(
  'replaces itself with node for a command that is no server, so that signals reach it directly',
  async (t) => {
    const root = installed(t, { [OWN_NODE]: '#!/bin/sh\necho $$\nexec sleep 60\n', 'src/main.ts': '' });
    const child = spawn(join(root, 'bin', 'ortolan'), ['config']);
    const said = await new Promise<string>((resolve) =>
      child.stdout.once('data', (data: Buffer) => resolve(data.toString())),
    );
    t.equal(Number(said), child.pid);
    const signal = new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)));
    child.kill('SIGTERM');
    t.equal(await signal, 'SIGTERM');
  },
);
