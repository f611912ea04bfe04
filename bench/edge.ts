/**
 * What bundles weigh, and how long they take for a photograph, beside the server's own worker: prints the rows of the table in
 * docs/edge.md. Each target answers every test photograph some times, one after the other; the median counts. A target whose tools
 * are missing says so.
 *
 *   node bench/edge.ts [--model efficientnet-lite0] [--times 20]
 */
import { execFile } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { loadConfig } from '../src/config/load.ts';
import { startLocal } from '../src/root/local.ts';
import { onPath } from '../tools/process/on-path.ts';
import { numberFrom, program } from '../tools/process/program.ts';
import { derivePhotograph } from '../tools/photographs/derived.ts';
import { serveFolder } from '../tools/web/folder-server.ts';

const ROOT = join(import.meta.dirname, '..');
const PHOTOS = join(ROOT, 'test/fixtures/photos');
const MB = 1_000_000;

const { model, times } = program('node bench/edge.ts', 'Compares bundles with the server.')
  .option('--model <name>', 'NAME, or NAME/VERSION', 'efficientnet-lite0')
  .option('--times <n>', 'answers of each target for each photograph', numberFrom(1), 20)
  .parse()
  .opts<{ model: string; times: number }>();

const run = promisify(execFile);
const photographs = readdirSync(PHOTOS).filter((name) => /\.(jpg|png)$/.test(name));
const files = photographs.map((name) => join(PHOTOS, name));
const folder = mkdtempSync(join(tmpdir(), 'ortolan-edge-'));

/** Of each photograph: the class, and the median milliseconds. */
interface Seen {
  readonly classes: readonly number[];
  readonly ms: number;
}

interface Answers {
  /** For each photograph. */
  readonly classes: readonly number[];
  readonly ms: readonly number[];
}

try {
  // Before there is a server: in its process sharp reads no files.
  const crops = await cropsFolder();
  const ours = seenIn(await serverAnswers());
  const rows = [['server, one worker', '', '', '', ours.ms.toFixed(1), 'the others are compared with it']];
  for (const [target, answers] of [
    ['browser', browserAnswers],
    ['node', nodeAnswers],
    ['litert', liteAnswers],
  ] as const) {
    const out = join(folder, target);
    try {
      await bundle(target, out, crops);
      const seen = seenIn(await answers(out));
      const alike = seen.classes.filter((each, index) => each === ours.classes[index]).length;
      const [models, all] = [
        bytesOf(out, (path) => /(^|\/)(model\/|model\.tflite)/.test(path)),
        bytesOf(out),
      ];
      rows.push([
        target,
        size(models),
        size(all - models),
        size(all),
        seen.ms.toFixed(1),
        `${alike} of ${files.length}`,
      ]);
    } catch (error) {
      rows.push([target, '', '', '', '', `not measured: ${(error as Error).message.split('\n')[0]}`]);
    }
  }
  console.log('| target | model | the rest | together | ms a photograph | same class |');
  console.log('| --- | --: | --: | --: | --: | --- |');
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bundle(target: string, out: string, crops: string): Promise<void> {
  const examples = target === 'litert' ? ['--images', crops] : [];
  const args = ['models', 'bundle', model, '--target', target, '--out', out, ...examples];
  await run(join(ROOT, 'bin/ortolan'), args, { maxBuffer: MB });
}

/** Crops for the gate, which has to be sure of more than a handful. */
async function cropsFolder(): Promise<string> {
  const to = join(folder, 'crops');
  mkdirSync(to);
  for (const name of photographs.filter((each) => each.endsWith('.jpg'))) {
    for (let i = 0; i < 20; i++) {
      const share = 0.5 + (0.5 * i) / 20;
      const part = [(1 - share) * ((i % 5) / 4), (1 - share) * ((i % 3) / 2), share, share] as const;
      const made = { name: `${name}-${i}`, from: name, width: 480, height: 360, quality: 90, grain: 3, part };
      writeFileSync(join(to, `${name}-${i}.jpg`), await derivePhotograph(made));
    }
  }
  return to;
}

async function serverAnswers(): Promise<Answers[]> {
  const { config } = loadConfig({ flags: {}, env: process.env, cwd: import.meta.dirname });
  const [name = '', version] = model.split('/');
  if (version !== undefined) throw new Error('Compare the version that answers by default: NAME alone.');
  const local = await startLocal({
    ...config,
    models: join(ROOT, 'models'),
    defaultModel: name,
    decoder: 'exact',
  });
  try {
    return await repeated(
      async (file) => (await local.classify(readFileSync(file))).predictions[0]!.class_id,
    );
  } finally {
    await local.close();
  }
}

async function repeated(classify: (file: string) => Promise<number>): Promise<Answers[]> {
  const all: Answers[] = [];
  await classify(files[0]!);
  for (const file of files) {
    const seen = { classes: [] as number[], ms: [] as number[] };
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      seen.classes.push(await classify(file));
      seen.ms.push(performance.now() - start);
    }
    all.push(seen);
  }
  return all;
}

function seenIn(all: readonly Answers[]): Seen {
  return { classes: all.map(({ classes }) => classes[0]!), ms: median(all.flatMap(({ ms }) => ms)) };
}

async function nodeAnswers(out: string): Promise<Answers[]> {
  symlinkSync(join(ROOT, 'node_modules'), join(out, 'node_modules'));
  const script = `import { open, pixelsOf } from ${JSON.stringify(join(out, 'classify.js'))};
    import { readFileSync } from 'node:fs';
    const { model } = await open();
    const all = [];
    const classify = async (file) => (await model.classify(await pixelsOf(readFileSync(file))))[0].class_id;
    const files = ${JSON.stringify(files)};
    await classify(files[0]);
    for (const file of files) {
      const seen = { classes: [], ms: [] };
      for (let i = 0; i < ${times}; i++) {
        const start = performance.now();
        seen.classes.push(await classify(file));
        seen.ms.push(performance.now() - start);
      }
      all.push(seen);
    }
    console.log(JSON.stringify(all));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout) as Answers[];
}

async function browserAnswers(out: string): Promise<Answers[]> {
  const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
    .map(onPath)
    .find((file) => file !== undefined);
  if (executablePath === undefined) throw new Error('there is no Chromium on the PATH');
  const served = await serveFolder(out);
  const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${served.port}/`);
    await page.locator('html[data-ready]').waitFor();
    const urls = files.map(
      (file) =>
        `data:image/${extname(file) === '.png' ? 'png' : 'jpeg'};base64,${readFileSync(file).toString('base64')}`,
    );
    const script = `(async () => {
      const { open, pixelsOf } = await import('./open.js');
      const { model } = await open();
      const all = [];
      for (const url of ${JSON.stringify(urls)}) {
        const blob = await (await fetch(url)).blob();
        const classify = async () => (await model.classify(await pixelsOf(blob)))[0].class_id;
        if (all.length === 0) await classify();
        const seen = { classes: [], ms: [] };
        for (let i = 0; i < ${times}; i++) {
          const start = performance.now();
          seen.classes.push(await classify());
          seen.ms.push(performance.now() - start);
        }
        all.push(seen);
      }
      return all;
    })()`;
    return (await page.evaluate(script)) as Answers[];
  } finally {
    await browser.close();
    await served.close();
  }
}

async function liteAnswers(out: string): Promise<Answers[]> {
  const python = join(ROOT, 'models/bundle/.venv/litert/bin/python');
  const script = `
import json, sys, time
sys.path.insert(0, ${JSON.stringify(out)})
from pathlib import Path
from classify import Model
model, all = Model(Path(${JSON.stringify(out)})), []
def classify(file): return int(model.run(model.row_of(Path(file)))[0].argmax())
files = json.loads(${JSON.stringify(JSON.stringify(files))})
classify(files[0])
for file in files:
    seen = {"classes": [], "ms": []}
    for _ in range(${times}):
        start = time.perf_counter()
        seen["classes"].append(classify(file))
        seen["ms"].append(1000 * (time.perf_counter() - start))
    all.append(seen)
print(json.dumps(all))`;
  const { stdout } = await run(python, ['-c', script]);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answers[];
}

function bytesOf(at: string, counts: (path: string) => boolean = () => true): number {
  const paths = readdirSync(at, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => !path.startsWith('node_modules') && counts(path))
    .map((path) => statSync(join(at, path)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

function size(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
