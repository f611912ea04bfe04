/** The bundle of dist/: few files, native parts outside, every module at the place that it had. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import t from 'tap';
import { bundle, placed } from '../../../tools/build/bundle.ts';

const dist = join(t.testdir(), 'dist');
await bundle(dist);
const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
const textOf = (file: string): string => readFileSync(join(dist, file), 'utf8');

/** What a file needs before it runs: the file, and those that it imports by a statement. */
function needed(file: string, all = new Set<string>()): Set<string> {
  if (all.has(file)) return all;
  all.add(file);
  for (const [, path] of textOf(file).matchAll(
    /^(?:import|export)\b[^'"]*?(?:from )?["'](\.[^"']+)["'];$/gm,
  )) {
    needed(normalize(join(dirname(file), path!)), all);
  }
  return all;
}

t.test('a module finds files by the place that tsc gives it', async (t) => {
  t.equal(
    placed('const a = new URL("./x.wasm", import.meta.url);', 'workers/image/passes.js'),
    'const a = new URL("./x.wasm", new URL(\'../workers/image/passes.js\', import.meta.url).href);',
  );
  t.equal(placed('const important = 1;', 'src/a.js'), 'const important = 1;');
});

t.test('what the bundle could not keep right stops the build', async (t) => {
  for (const member of ['dirname', 'filename', 'main', 'resolve']) {
    t.throws(() => placed(`f(import.meta.${member})`, 'src/a.js'), {
      message: `src/a.js has import.meta.${member}: only import.meta.url is known in the bundle`,
    });
  }
});

t.test(
  'the program and its worker threads are started from files of the old names, with source maps',
  async (t) => {
    for (const file of ['src/main.js', 'workers/infer.js']) {
      t.ok(existsSync(join(dist, file)), file);
      t.match(textOf(file), /\n\/\/# sourceMappingURL=\w+\.js\.map\n$/);
    }
    const maps = files.map((file) => JSON.parse(textOf(`${file}.map`)) as { readonly sources: string[] });
    t.ok(maps.some(({ sources }) => sources.some((source) => source.endsWith('src/root/server.ts'))));
  },
);

t.test('a start reads few files, where there were a thousand', async (t) => {
  t.ok(needed('src/main.js').size < 10, [...needed('src/main.js')].join(' '));
  t.ok(needed('workers/infer.js').size < 40, String(needed('workers/infer.js').size));
  const server = files.find((file) => /^(?:async )?function startServer\(/m.test(textOf(file)))!;
  t.ok(needed(server).size < 120, String(needed(server).size));
});

t.test('all files are as deep as each other, or the places would be wrong', async (t) => {
  for (const file of files) t.equal(file.split('/').length, 2, file);
});

t.test('packages with native parts or files of their own stay outside', async (t) => {
  const all = files.map(textOf).join('\n');
  for (const name of ['onnxruntime-node', 'sharp', 'piscina', '@julusian/jpeg-turbo', 'koffi']) {
    t.ok(new RegExp(`["']${name}(?:/[^"']+)?["']`).test(all), `${name} is loaded by its name`);
  }
  for (const name of ['typebox', 'commander', 'undici', 'pino', 'prom-client']) {
    t.notOk(new RegExp(`^import .*from ["']${name}(?:/\\w+)?["'];$`, 'm').test(all), `${name} is inside`);
  }
});

t.test('nothing that only commands, stores and receivers of traces need is read by a start', async (t) => {
  const server = files.find((file) => /^(?:async )?function startServer\(/m.test(textOf(file)))!;
  const text = [...needed('src/main.js'), ...needed(server)].map(textOf).join('\n');
  for (const path of [
    'node_modules/undici/',
    'node_modules/ioredis/',
    'node_modules/jose/',
    'node_modules/@opentelemetry/exporter',
  ]) {
    t.notMatch(text, `\n// ${path}`, path);
  }
});
