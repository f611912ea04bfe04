/**
 * `make build`: puts the modules of the server together into few files, in place of those of dist/ that are started: a start from a
 * thousand files spends half of its time on finding and reading them. The other files of dist/ stay as they are: commands read some of
 * them, and tests import them.
 *
 * What stays outside: packages with native addons or with files that they find by their own place. Each module goes on to find files by
 * the place that it had: `import.meta.url` is put where it was.
 */
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';

const ROOT = join(import.meta.dirname, '../..');

/** What is started: the program, and its worker threads. All in folders of the same depth, as the chunks are. */
const ENTRIES = ['src/main.ts', 'workers/infer.ts'];
const CHUNKS = 'chunks/[name]-[hash]';

/** Loaded from node_modules as they are. */
const OUTSIDE = ['@julusian/jpeg-turbo', 'koffi', 'onnxruntime-node', 'piscina', 'sharp', 'uWebSockets.js'];

/** For packages of CommonJS: the `require` by which they load what is Node's own. */
const BANNER = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);`;

/** `import.meta` of a module as it would be where tsc puts it. */
const place: Plugin = {
  name: 'place',
  setup(build) {
    build.onLoad({ filter: /[\\/](src|workers)[\\/].*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const module = relative(ROOT, path).split(sep).join('/').replace(/\.ts$/, '.js');
      return { contents: placed(text, module), loader: 'ts' };
    });
  },
};

/**
 * The text of a module with the place that it had, `module`: from dist/. Lines stay where they are, for source maps.
 * @throws Error for another member of `import.meta`
 */
export function placed(text: string, module: string): string {
  const other = /\bimport\.meta\.(?!url\b)\w+/.exec(text);
  if (other !== null)
    throw new Error(`${module} has ${other[0]}: only import.meta.url is known in the bundle`);
  return text.replaceAll(/\bimport\.meta\.url\b/g, `new URL('../${module}', import.meta.url).href`);
}

/** Writes into `dist`, which tsc has filled. @throws Error of esbuild */
export async function bundle(dist: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outbase: '.',
    outdir: dist,
    chunkNames: CHUNKS,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    tsconfig: join(ROOT, 'tsconfig.json'),
    external: OUTSIDE,
    banner: { js: BANNER },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'inline',
    logLevel: 'warning',
    plugins: [place],
  });
}

if (import.meta.main) await bundle(join(ROOT, 'dist'));
