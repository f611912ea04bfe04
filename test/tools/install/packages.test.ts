/** The script that installs packages, with an npm that writes down what it is asked for. */
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';

const SCRIPT = 'tools/install/packages.sh';
const NODE = dirname(process.execPath);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The command lines of npm. */
  readonly asked: readonly string[];
}

interface Folder {
  readonly root: string;
  readonly has: (path: string) => boolean;
  readonly write: (path: string, text: string) => void;
  readonly install: (what: 'runtime' | 'all', env?: Record<string, string>) => Promise<Ran>;
}

/** `npm`: what it does after it has written down its arguments; it makes node_modules. */
function folder(t: Test, npm = ''): Folder {
  const root = t.testdir();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write('package-lock.json', '{"lockfileVersion":3}');
  write('bin/npm', `#!/bin/sh\necho "$@" >>asked\nmkdir -p node_modules\n${npm}\n`);
  chmodSync(join(root, 'bin/npm'), 0o755);
  for (const file of [SCRIPT, 'tools/install/foreign-binaries.ts']) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  return {
    root,
    write,
    has: (path) => existsSync(join(root, path)),
    install: (what, env = {}) =>
      new Promise((resolve) => {
        const asked = join(root, 'asked');
        rmSync(asked, { force: true });
        const PATH = `${join(root, 'bin')}:${NODE}:/usr/bin:/bin`;
        execFile('sh', [SCRIPT, what], { cwd: root, env: { PATH, ...env } }, (error, out, err) =>
          resolve({
            code: Number(error?.code ?? 0),
            out,
            err,
            asked: existsSync(asked) ? readFileSync(asked, 'utf8').trim().split('\n') : [],
          }),
        );
      }),
  };
}

t.test('what runs comes without tools, by the lock file, and no script of a package runs', async (t) => {
  const { install } = folder(t);
  const { code, asked, out } = await install('runtime');
  t.equal(code, 0);
  t.strictSame(asked, ['ci --omit=dev --ignore-scripts --loglevel=error']);
  t.match(out, /^Installing what the server runs with [^\n]+\n$/);
});

t.test('what is installed is not installed again', async (t) => {
  const { install } = folder(t);
  await install('runtime');
  t.match(await install('runtime'), { code: 0, out: '', asked: [] });
});

t.test('all of it is enough to run', async (t) => {
  const { install } = folder(t);
  t.strictSame((await install('all')).asked, ['ci --include=dev --ignore-scripts --loglevel=error']);
  t.match(await install('runtime'), { code: 0, out: '', asked: [] });
  t.match(await install('all'), { code: 0, out: '', asked: [] });
});

t.test(
  'tools come on top of what runs, and packages that binaries were removed from are whole again',
  async (t) => {
    const { install, has } = folder(
      t,
      'mkdir -p node_modules/uWebSockets.js node_modules/kept; touch node_modules/uWebSockets.js/uws_win32_x64_1.node',
    );
    await install('runtime');
    t.notOk(has('node_modules/uWebSockets.js/uws_win32_x64_1.node'), 'removed after the first installation');
    t.strictSame((await install('all')).asked, [
      'install --no-save --include=dev --ignore-scripts --loglevel=error',
    ]);
    t.ok(has('node_modules/uWebSockets.js/uws_win32_x64_1.node'), 'there again');
    t.ok(has('node_modules/kept'), 'what is there stays');
    t.match(await install('runtime'), { code: 0, asked: [] });
  },
);

t.test('another lock file is installed anew, whatever is there', async (t) => {
  const { install, write } = folder(t);
  await install('runtime');
  await install('all');
  write('package-lock.json', '{"lockfileVersion":3,"name":"other"}');
  t.strictSame((await install('all')).asked, ['ci --include=dev --ignore-scripts --loglevel=error']);
  write('package-lock.json', '{"lockfileVersion":3,"name":"third"}');
  t.strictSame((await install('runtime')).asked, ['ci --omit=dev --ignore-scripts --loglevel=error']);
});

for (const what of ['runtime', 'all'] as const) {
  t.test(`an installation of ${what} that failed is done again, and nothing is started`, async (t) => {
    const { install, write } = folder(t, 'if [ -e broken ]; then echo "no registry" >&2; exit 1; fi');
    write('broken', '');
    const failed = await install(what);
    t.equal(failed.code, 2);
    t.match(failed.err, /no registry\n[^\n]*npm says why above/);
    rmSync(join(t.testdirName, 'broken'));
    t.match(await install(what), { code: 0, asked: [/^ci /] });
  });
}

t.test('an installation on top that was cut off is done as a whole', async (t) => {
  const { install, write } = folder(t, 'if [ -e broken ]; then exit 1; fi');
  await install('runtime');
  write('broken', '');
  t.equal((await install('all')).code, 2);
  rmSync(join(t.testdirName, 'broken'));
  t.strictSame((await install('all')).asked, ['ci --include=dev --ignore-scripts --loglevel=error']);
});

t.test('a Node.js that is too old is named before anything is installed', async (t) => {
  const { install, root } = folder(t);
  writeFileSync(join(root, 'bin/node'), '#!/bin/sh\n[ "$1" = --version ] && echo v18.20.0\nexit 1\n');
  chmodSync(join(root, 'bin/node'), 0o755);
  const { code, err, asked } = await install('runtime');
  t.equal(code, 2);
  t.match(err, 'Node.js 20 or newer is needed, and this is v18.20.0');
  t.strictSame(asked, []);
});
