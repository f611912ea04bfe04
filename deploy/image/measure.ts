/**
 * Measures an image that is there, and prints the tables of docs/image.md: what is in it, how large it is, how long it
 * takes to start, what memory it holds, and how it ends.
 *
 *   node deploy/image/measure.ts [TAG]        TAG: localhost/ortolan:local unless it is given
 *
 * Needs root and podman. Runs about a minute on two cores.
 */
import { chownSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { inFolder, output, podmanEnvironment } from './command.ts';
import { freePort } from '../../tools/process/free-port.ts';
import { Container } from './container.ts';
import { startLoad } from './load.ts';

const PHOTO = resolve(import.meta.dirname, '../../test/fixtures/photos/cat.jpg');
const USER = 65532;
const STARTS = 3;
const REQUESTS = 500;
const CONNECTIONS = 16;
const MB = 1e6;

/** Where the bytes are: the first that matches. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ['Node.js', /^\/usr\/local\/bin\/node$/],
  ['onnxruntime', /^\/app\/node_modules\/onnxruntime-/],
  ['the model in the box, fp32 and int8', /^\/app\/models\//],
  ['sharp and libvips', /^\/app\/node_modules\/(@img|sharp)\//],
  ['uWebSockets.js', /^\/app\/node_modules\/uWebSockets\.js\//],
  ['jpeg-turbo and koffi', /^\/app\/node_modules\/(@julusian|koffi|@koromix|pkg-prebuilds)\//],
  ['all other packages', /^\/app\/node_modules\//],
  ['the program, its SBOM and licences', /^\/app\//],
  ['glibc, libstdc++ and tini', /^\//],
];

async function main(tag: string): Promise<void> {
  await inFolder(async (folder) => {
    const env = podmanEnvironment(folder);
    await printSizes(tag, folder, env);
    await printRuns(tag, folder, env);
  });
}

async function printSizes(tag: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const root = realpathSync(await output('podman', ['image', 'mount', tag], env));
  const sizes = new Map(PARTS.map(([name]) => [name, 0]));
  let all = 0;
  try {
    for (const entry of readdirSync(root, { withFileTypes: true, recursive: true })) {
      const file = join(entry.parentPath, entry.name);
      // readdir() follows /lib, which is a link.
      if (!entry.isFile() || realpathSync(file) !== file) continue;
      const [name] = PARTS.find(([, pattern]) => pattern.test(file.slice(root.length)))!;
      const { size } = statSync(file);
      sizes.set(name, sizes.get(name)! + size);
      all += size;
    }
  } finally {
    await output('podman', ['image', 'unmount', tag], env);
  }
  const target = join(folder, 'oci');
  await output('podman', ['push', '--quiet', '--compression-format', 'gzip', tag, `oci:${target}`], env);
  const blobs = join(target, 'blobs/sha256');
  const packed = readdirSync(blobs).reduce((sum, name) => sum + statSync(join(blobs, name)).size, 0);
  table(
    ['what is in it', 'MB'],
    [...sizes].map(([name, size]) => [name, (size / MB).toFixed(1)]),
  );
  table(
    ['size', 'MB'],
    [
      ['unpacked', (all / MB).toFixed(0)],
      ['compressed, as it travels', (packed / MB).toFixed(0)],
    ],
  );
}

async function printRuns(tag: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const cache = join(folder, 'cache');
  mkdirSync(cache);
  chownSync(cache, USER, USER);
  const kept = ['--volume', `${cache}:/var/cache/ortolan`];
  const bare: Start[] = [];
  const warm: Start[] = [];
  await oneStart(tag, env, kept); // Fills the cache.
  for (let i = 0; i < STARTS; i++) {
    bare.push(await oneStart(tag, env, []));
    warm.push(await oneStart(tag, env, kept));
  }
  const rows = [
    ['from `podman run` to ready, nothing kept', spreadOf(bare, 'elapsed')],
    ['processor time of that, without podman', spreadOf(bare, 'processor')],
    ['with a volume at /var/cache/ortolan', spreadOf(warm, 'elapsed')],
    ['processor time of that, without podman', spreadOf(warm, 'processor')],
  ];
  const photo = readFileSync(PHOTO);
  const container = new Container({
    tag,
    port: await freePort(),
    env,
    options: { ORTOLAN_SLO_P99_MS: '10000' },
  });
  await container.line('ready');
  rows.push(['resident memory when ready', `${(await container.memoryMiB()).toFixed(0)} MiB`]);
  const load = startLoad({ port: container.port, photo, connections: CONNECTIONS, requests: REQUESTS });
  await load.done;
  rows.push([
    `after ${load.outcomes.answered} answers, ${CONNECTIONS} connections`,
    `${(await container.memoryMiB()).toFixed(0)} MiB`,
  ]);
  const last = startLoad({ port: container.port, photo, connections: CONNECTIONS });
  const before = performance.now();
  await container.signal('TERM');
  const code = await container.ended;
  const seconds = ((performance.now() - before) / 1000).toFixed(1);
  await last.stop();
  const { answered, refused, lost } = last.outcomes;
  rows.push(['SIGTERM under load', `exit code ${code} after ${seconds} s`]);
  rows.push(['requests from then on', `${answered} answered, ${refused} refused, ${lost} lost`]);
  table(['run', ''], rows);
}

/** Until it was ready, in milliseconds. */
interface Start {
  readonly elapsed: number;
  readonly processor: number;
}

/** Starts one and ends it again. */
async function oneStart(tag: string, env: NodeJS.ProcessEnv, more: readonly string[]): Promise<Start> {
  const port = await freePort();
  const begin = performance.now();
  const container = new Container({ tag, port, env, more });
  await container.line('ready');
  const elapsed = performance.now() - begin;
  const processor = await container.processorTime();
  await container.signal('TERM');
  await container.ended;
  return { elapsed, processor };
}

/** `712 ms (690 to 800)`: the median and the range. */
function spreadOf(starts: readonly Start[], of: keyof Start): string {
  const values = starts.map((start) => start[of]).toSorted((a, b) => a - b);
  const [least, median, most] = [0, Math.floor(values.length / 2), values.length - 1].map((at) =>
    values[at]!.toFixed(0),
  );
  return `${median} ms (${least} to ${most})`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  console.log(`${lines.join('\n')}\n`);
}

await main(process.argv[2] ?? 'localhost/ortolan:local');
