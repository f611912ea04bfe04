/**
 * The image, built and run for real, under every restriction of a cluster. The base is made from Debian's packages, so
 * no registry of images is needed; Debian's and npm's packages are. It takes minutes, so it runs when it is asked for:
 * CHECK_IMAGE=1, and CHECK_IMAGE=tag uses an existing image. Each reason not to run it is reported as a skip.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { inFolder, isThere, output, podmanEnvironment } from '../../deploy/image/command.ts';
import { buildOffline, lackOffline } from '../../deploy/image/build.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { Container, type ContainerSettings } from '../../deploy/image/container.ts';
import { startLoad } from '../../deploy/image/load.ts';
import { until } from '../support/http-client.ts';
import { PHOTOS } from '../support/start-server.ts';

const ASKED = process.env['CHECK_IMAGE'] ?? '';
const TAG = ['', '1'].includes(ASKED) ? 'localhost/ortolan:test' : ASKED;
const PHOTO = readFileSync(join(PHOTOS, 'cat.jpg'));
const MB = 1e6;
/** Limit of the unpacked size. */
const MOST_BYTES = 250 * MB;

function reasonToSkip(): string | false {
  if (ASKED === '') return 'it takes minutes: CHECK_IMAGE=1 builds the image and runs it';
  if (ASKED === '1') return lackOffline() ?? false;
  if (!isThere('podman')) return 'there is no podman on this machine';
  return process.getuid?.() !== 0 && 'control groups need root';
}

// Building takes longer than tap lets a file take by itself.
t.setTimeout(0);
const skip = reasonToSkip();
if (skip !== false) t.test('the image is built and runs', { skip }, () => undefined);
else {
  await inFolder(async (folder) => {
    const env = podmanEnvironment(folder);
    if (ASKED === '1') await buildOffline(TAG);
    await tests(env);
  });
}

async function tests(env: NodeJS.ProcessEnv): Promise<void> {
  const start = async (t: Test, settings: Partial<ContainerSettings> = {}): Promise<Container> => {
    const container = new Container({ tag: TAG, port: await freePort(), env, ...settings });
    t.teardown(() => container.remove());
    return container;
  };

  await t.test('is within its size limit, without tools or files of other platforms', async (t) => {
    const root = await output('podman', ['image', 'mount', TAG], env);
    t.teardown(() => output('podman', ['image', 'unmount', TAG], env));
    const lines = (await output('find', [root, '-type', 'f', '-printf', '%s %m %u %p\n'])).split('\n');
    const files = lines.map((line) => {
      const [, size, mode, owner, path] = /^(\d+) (\d+) (\S+) (.*)$/.exec(line)!;
      return { size: Number(size), mode: parseInt(mode!, 8), owner, path: path!.slice(root.length) };
    });
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    t.comment(`${(bytes / MB).toFixed(1)} MB in ${files.length} files`);
    t.ok(bytes < MOST_BYTES, `${(bytes / MB).toFixed(1)} MB`);
    const paths = files.map(({ path }) => path);
    const unwanted =
      /\/(sh|bash|dash|npm|npx|yarn|corepack|apt-get|dpkg|curl|wget)$|(darwin|win32|musl).*\.(node|so|dll)|\.map$|\.d\.ts$|\/typescript\//;
    t.strictSame(
      paths.filter((path) => unwanted.test(path)),
      [],
    );
    t.strictSame(
      files.filter(({ mode, owner }) => owner !== 'root' || (mode & 0o022) !== 0),
      [],
      'nobody may write',
    );
    t.strictSame(
      files.filter(({ mode }) => (mode & 0o6000) !== 0),
      [],
      'nothing is run as somebody else',
    );
    t.ok(paths.includes('/app/LICENSE') && paths.includes('/app/NOTICE'));
  });

  await t.test('has a correct software bill of materials', async (t) => {
    const container = await start(t);
    await container.line('ready');
    const script = `const list = (all = []) => all.flatMap((one) => [one, ...list(one.components)]);
      const all = list(JSON.parse(fs.readFileSync('/app/sbom.cdx.json', 'utf8')).components);
      const path = ({ name, properties = [] }) =>
        properties.find((one) => one.name === 'cdx:npm:package:path')?.value ?? 'no path: ' + name;
      console.log(all.length, all.map(path).filter((one) => !fs.existsSync('/app/' + one)).join(' '));`;
    const said = await container.exec('/usr/local/bin/node', '-e', script);
    t.match(said.trim(), /^\d\d+$/, 'each package is there');
  });

  await t.test('serves as user 65532, without writing files', async (t) => {
    const container = await start(t);
    await container.line('ready');
    t.equal(await container.checkHealth(), 'healthy');
    const answer = await fetch(`http://127.0.0.1:${container.port}/v1/predict?top_k=1`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: PHOTO,
    });
    t.match(await answer.json(), { predictions: [{ label: 'tiger cat' }] });
    const { server } = await container.processes();
    const status = readFileSync(`/proc/${server}/status`, 'utf8');
    t.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m);
    t.match(status, /^CapEff:\t0000000000000000$/m);
    t.match(status, /^NoNewPrivs:\t1$/m);
    t.comment(`${(await container.memoryMiB()).toFixed(0)} MiB resident`);
    t.match(container.log[0], { message: 'starting', memory_from: 'memory limit' });
    t.strictSame(container.noise, [], 'every line is JSON');
    t.notMatch(container.errors.join(' '), /telemetry/, 'no telemetry is sent');
    await container.signal('TERM');
    t.equal(await container.ended, 0);
  });

  await t.test('on SIGTERM under load it finishes accepted requests and exits with 0', async (t) => {
    const options = { ORTOLAN_DRAIN_DEADLINE_MS: '6000', ORTOLAN_SLO_P99_MS: '10000' };
    const container = await start(t, { options });
    await container.line('ready');
    const load = startLoad({ port: container.port, photo: PHOTO, connections: 8 });
    await until(() => load.outcomes.answered > 8);
    await container.signal('TERM');
    t.equal(await container.ended, 0);
    await load.stop();
    t.comment(load.outcomes);
    t.ok(load.outcomes.answered > 0);
    t.equal(load.outcomes.lost, 0);
  });

  await t.test('a SIGTERM before the handlers are installed ends it too', async (t) => {
    const container = await start(t);
    await container.line('starting');
    await container.signal('TERM');
    t.equal(await container.ended, 143);
  });

  await t.test('its other commands work', async (t) => {
    const container = await start(t);
    await container.line('ready');
    const main = ['/usr/local/bin/node', '/app/dist/src/main.js'];
    t.match(await container.exec(...main, 'models', 'verify'), /sha256 verified/);
    t.match(await container.exec(...main, 'health', '--ready'), / is ready\.$/);
    t.match(await container.exec(...main, 'config'), new RegExp(`ORTOLAN_PORT`));
  });
}
