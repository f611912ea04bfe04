import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { once } from 'node:events';
import t from 'tap';
import { explain, loadUws, relinkedCopy } from '../../../src/http/addon/uws.ts';

const folder = dirname(createRequire(import.meta.url).resolve('uWebSockets.js'));
const binaries = ['x64', 'arm64'].flatMap((arch) =>
  ['127', '137'].map((abi) => join(folder, `uws_linux_${arch}_${abi}.node`)),
);
const [, binary = ''] = binaries;
const digestOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
const linux = process.platform === 'linux' ? {} : { skip: 'it takes /proc' };
const needsRelinking = /^2\.3[67]$/.test(glibcVersion()) ? {} : { skip: 'the addon loads as it is' };
const tooOld = new Error("Error: /lib/libc.so.6: version `GLIBC_2.36' not found (required by uws.node)");

/** Empty where there is no glibc. */
function glibcVersion(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ?? '';
}

t.test('the addon loads and can make an app', async (t) => {
  const uws = loadUws(t.testdir());
  t.type(uws.App, 'function');
});

t.test(
  'the digests in the source are those of the installed package, for each machine and Node',
  async (t) => {
    const cache = t.testdir();
    for (const path of binaries) {
      const copy = relinkedCopy(path, cache);
      t.match(basename(copy), digestOf(copy).slice(0, 16));
    }
  },
);

t.test('the copy is the only file in a folder that other users cannot open', async (t) => {
  const cache = t.testdir();
  const copy = relinkedCopy(binary, cache);
  t.equal(statSync(join(cache, 'uws')).mode & 0o777, 0o700);
  t.strictSame(readdirSync(join(cache, 'uws')), [basename(copy)]);
});

t.test('an existing copy is used unchanged', async (t) => {
  const cache = t.testdir();
  const before = statSync(relinkedCopy(binary, cache)).ino;
  t.equal(statSync(relinkedCopy(binary, cache)).ino, before);
});

t.test('a copy that was changed is made again', async (t) => {
  const cache = t.testdir();
  const copy = relinkedCopy(binary, cache);
  const digest = digestOf(copy);
  chmodSync(copy, 0o700);
  writeFileSync(copy, 'not the addon');
  t.equal(relinkedCopy(binary, cache), copy);
  t.equal(digestOf(copy), digest);
});

t.test('several processes that start at once load the same copy', async (t) => {
  const cache = t.testdir();
  const program =
    `import { loadUws, relinkedCopy } from ${JSON.stringify(new URL('../../../src/http/addon/uws.ts', import.meta.url).href)};` +
    `relinkedCopy(${JSON.stringify(binary)}, ${JSON.stringify(cache)});` +
    `if (typeof loadUws(${JSON.stringify(cache)}).App !== 'function') process.exitCode = 9;`;
  const exits = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' });
    return (await once(child, 'exit'))[0] as number;
  });
  t.strictSame(await Promise.all(exits), [0, 0, 0, 0]);
  t.notMatch(readdirSync(join(cache, 'uws')).join(' '), /\.node-/, 'no partial file is left');
});

t.test('a binary with another digest is refused, and nothing is written', async (t) => {
  const from = t.testdir();
  const cache = join(from, 'cache');
  const other = join(from, basename(binary));
  cpSync(binary, other);
  writeFileSync(other, 'x', { flag: 'a' });
  t.throws(() => relinkedCopy(other, cache), { name: 'NativeLoadError', message: /npm ci.*glibc 2\.38/ });
  t.strictSame(readdirSync(join(cache, 'uws')), []);
});

t.test('an unknown binary is refused', async (t) => {
  t.throws(() => relinkedCopy('/x/uws_linux_x64_999.node', t.testdir()), {
    name: 'NativeLoadError',
    message: /uws_linux_x64_999\.node.*glibc 2\.38/,
  });
});

t.test('a cache folder that others can write is refused', async (t) => {
  const cache = t.testdir({ uws: {} });
  chmodSync(join(cache, 'uws'), 0o777);
  t.throws(() => relinkedCopy(binary, cache), {
    name: 'NativeLoadError',
    message: /other users.*ORTOLAN_CACHE_DIR/,
  });
});

t.test(
  'a cache folder below one that fails with ENOENT is refused without endless retries',
  linux,
  async (t) => {
    t.throws(() => relinkedCopy(binary, '/proc/cache'), { name: 'NativeLoadError', message: /ENOENT/ });
  },
);

/** Loads the addon in its own process, and prints the path of the relinked copy or the error. */
async function loadedFrom(cache: string, temporary: string): Promise<string> {
  const program =
    `import { loadUws } from ${JSON.stringify(new URL('../../../src/http/addon/uws.ts', import.meta.url).href)};` +
    `try { console.log(typeof loadUws(${JSON.stringify(cache)}, ${JSON.stringify(temporary)}).App); }` +
    'catch (error) { console.log(error.message); }';
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'pipe' });
  const [text] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), once(child, 'exit')]);
  return text.join('').trim();
}

t.test('without a cache folder the addon still loads, and leaves no file behind', linux, async (t) => {
  const temporary = t.testdir();
  t.equal(await loadedFrom('/proc/cache', temporary), 'function');
  t.strictSame(readdirSync(temporary), []);
});

t.test('without any folder the error names the cache folder', needsRelinking, async (t) => {
  t.match(await loadedFrom('/proc/cache', '/proc'), /kept in \/proc\/cache\/uws.*ORTOLAN_CACHE_DIR/);
});

t.test('a cache folder that cannot be written is refused with advice', async (t) => {
  const cache = join(t.testdir({ file: '' }), 'file');
  t.throws(() => relinkedCopy(binary, cache), {
    name: 'NativeLoadError',
    message: /ORTOLAN_CACHE_DIR.*glibc 2\.38/,
  });
});

t.test('on musl the message says that glibc is needed', async (t) => {
  t.match(
    explain(new Error('Error relocating uws.node: fcntl64: symbol not found'), true).message,
    /has musl/,
  );
});

t.test('when glibc is too old even for the copy, the message names the versions', async (t) => {
  t.match(explain(tooOld, false).message, /2\.36 or later.*2\.38/);
});

t.test('a folder mounted noexec has its own message', async (t) => {
  const error = new Error('uws.node: failed to map segment from shared object');
  t.match(explain(error, false).message, /noexec.*ORTOLAN_CACHE_DIR/);
});

t.test('any other failure names the platform and the supported versions of Node', async (t) => {
  const error = explain(new Error('no such file'), false);
  t.match(error, { name: 'NativeLoadError', message: /Node 22 or 24/ });
  t.match(error.cause, { message: 'no such file' });
});

t.test('by default the C library of this process is detected', async (t) => {
  t.match(explain(tooOld).message, process.platform === 'linux' ? /glibc/ : /./);
});
