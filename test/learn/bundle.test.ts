/**
 * Bundles give the server's answers: in a browser without a network, in Node.js, and under LiteRT, where the gate has let them
 * pass. Asked about every photograph of this project.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t, { type Test } from 'tap';
import { pythonFor } from '../../src/bundle/litert.ts';
import { EnvironmentLack } from '../../src/python/environment.ts';
import { derivePhotograph } from '../../tools/photographs/derived.ts';
import { serveFolder } from '../../tools/web/folder-server.ts';
import { ortolan, ROOT } from '../cli/ortolan.ts';
import { closeBrowser, NO_BROWSER, visit } from '../e2e/fixtures/browser.ts';
import { deviation, photograph, PHOTOGRAPHS, typeOf, type Prediction } from '../e2e/fixtures/photographs.ts';
import { externalModel, weightsOf } from '../support/external-model.ts';
import { jsonOf, post, postJson } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { affine } from '../support/tiny-models.ts';

// Packages are installed, and models converted, for as long as that takes.
t.setTimeout(0);
t.teardown(closeBrowser);

const run = promisify(execFile);

/** Of a probability. Decoders of browsers may round a pixel otherwise. */
const ALIKE = { browser: 0.01, node: 1e-5, litert: 1e-3 } as const;

/** Makes a bundle by the command; returns its folder. */
async function bundled(t: Test, target: string, ...args: readonly string[]): Promise<string> {
  const out = join(t.testdir(), target);
  const { code, err } = await ortolan(['models', 'bundle', ...args, '--target', target, '--out', out]);
  t.equal(code, 0, err);
  return out;
}

/** The Python of the bundles, or why there is none. */
async function litePython(): Promise<{ python: string; skip: false } | { python: ''; skip: string }> {
  try {
    return { python: await pythonFor(() => undefined), skip: false };
  } catch (error) {
    if (error instanceof EnvironmentLack) return { python: '', skip: error.message };
    throw error;
  }
}

/** Parts of the photographs: so many that the gate can be sure. */
async function crops(folder: string): Promise<string> {
  mkdirSync(folder);
  for (const from of PHOTOGRAPHS) {
    for (let i = 0; i < 12; i++) {
      const share = 0.5 + i / 24;
      const part = [(1 - share) * ((i % 4) / 3), (1 - share) * ((i % 3) / 2), share, share] as const;
      const made = { name: `${from}-${i}`, from, width: 480, height: 360, quality: 90, grain: 3, part };
      writeFileSync(join(folder, `${from}-${i}.jpg`), await derivePhotograph(made));
    }
  }
  return folder;
}

const { python, skip } = await litePython();
// Before there is a server: in its process sharp reads no files.
const images = await crops(join(t.testdir(), 'crops'));

/** A server whose answers are exact: it decodes every image whole. */
const server = await startServer(t, { options: { decoder: 'exact' } });
const { port } = server;
const answerOf = async (name: string): Promise<readonly Prediction[]> =>
  jsonOf<{ predictions: Prediction[] }>(await post(port, '/v1/predict', photograph(name))).predictions;

function requireAlike(
  t: Test,
  name: string,
  theirs: readonly Prediction[],
  ours: readonly Prediction[],
  most: number,
): void {
  t.equal(theirs[0]!.label, ours[0]!.label, name);
  const by = deviation(theirs, ours);
  t.ok(by <= most, `${name}: differs by ${by.toExponential(1)}`);
}

t.test('the browser', { skip: NO_BROWSER }, async (t) => {
  const folder = await bundled(t, 'browser', 'efficientnet-lite0');
  const files = await serveFolder(folder);
  const { page, complaints } = await visit(t, files.port);
  // A browser of a busy machine takes its time for 14 MB of WebAssembly.
  page.setDefaultTimeout(0);
  await page.locator('html[data-ready]').waitFor();
  const ask = async (name: string): Promise<Prediction[]> => {
    const bytes = photograph(name).toString('base64');
    return (await page.evaluate(
      `ortolan.classify(new Blob([Uint8Array.from(atob('${bytes}'), (it) => it.charCodeAt(0))], { type: '${typeOf(name)}' }))`,
    )) as Prediction[];
  };

  t.test('says what the server says', async (t) => {
    for (const name of PHOTOGRAPHS)
      requireAlike(t, name, await ask(name), await answerOf(name), ALIKE.browser);
  });

  t.test('shows it to people', async (t) => {
    await page.setInputFiles('#file', join(PHOTOS, 'cat.jpg'));
    await page.locator('#answer li').first().waitFor();
    t.match(await page.locator('#answer li').first().innerText(), /^tiger cat, \d+\.\d %$/);
    t.equal(await page.locator('#title').innerText(), 'efficientnet-lite0, version 1');
  });

  t.test('works without a network after the first load', async (t) => {
    await files.close();
    await page.reload();
    await page.locator('html[data-ready]').waitFor();
    requireAlike(t, 'cat.jpg', await ask('cat.jpg'), await answerOf('cat.jpg'), ALIKE.browser);
  });

  t.test('complains about nothing', async (t) => t.strictSame(complaints, []));
});

t.test('Node.js', async (t) => {
  const folder = await bundled(t, 'node', 'efficientnet-lite0/2');
  // The packages that it pins are those of this repository.
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const paths = PHOTOGRAPHS.map((name) => join(PHOTOS, name));
  const { stdout } = await run(process.execPath, [join(folder, 'classify.js'), ...paths], { cwd: '/' });
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { predictions: Prediction[] });
  for (const [index, name] of PHOTOGRAPHS.entries()) {
    const answer = await post(port, '/v1/models/efficientnet-lite0/versions/2/predict', photograph(name));
    const { predictions } = jsonOf<{ predictions: Prediction[] }>(answer);
    requireAlike(t, name, lines[index]!.predictions, predictions, ALIKE.node);
  }
});

t.test('models that take rows, with weights beside them', async (t) => {
  const models = modelRepository(t, { net: { ...affine(), file: externalModel() } });
  writeFileSync(join(models, 'net/1/model.onnx.data'), weightsOf(3));
  const { port } = await startServer(t, { models });
  const body = {
    inputs: {
      x: [
        [1, 2, 3, 4],
        [5, 6, 7, 8.5],
      ],
    },
  };
  const { outputs } = jsonOf(await postJson(port, '/v1/predict', body));
  const bundle = async (target: string): Promise<string> => {
    const out = join(models, target);
    const { code, err } = await ortolan([
      'models',
      'bundle',
      'net',
      '--models',
      models,
      '--target',
      target,
      '--out',
      out,
    ]);
    t.equal(code, 0, err);
    return out;
  };

  t.test('in Node.js', async (t) => {
    const folder = await bundle('node');
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'body.json'), JSON.stringify(body));
    const { stdout } = await run(process.execPath, [join(folder, 'classify.js'), join(folder, 'body.json')]);
    t.match(JSON.parse(stdout), { outputs });
  });

  t.test('in the browser', { skip: NO_BROWSER }, async (t) => {
    const files = await serveFolder(await bundle('browser'));
    t.teardown(() => files.close());
    const { page, complaints } = await visit(t, files.port);
    page.setDefaultTimeout(0);
    await page.locator('html[data-ready]').waitFor();
    await page.fill('#body', JSON.stringify(body));
    await page.getByRole('button', { name: 'Run' }).click();
    await page.locator('#answer:not(:empty)').waitFor();
    t.match(JSON.parse(await page.locator('#answer').innerText()), { outputs });
    t.strictSame(complaints, []);
  });
});

t.test('LiteRT', { skip }, async (t) => {
  const folder = t.testdir();
  const make = (out: string, ...args: readonly string[]) =>
    ortolan([
      'models',
      'bundle',
      ...args,
      '--target',
      'litert',
      '--images',
      images,
      '--out',
      join(folder, out),
    ]);

  const { code, out, err } = await make('lite', 'efficientnet-lite0');
  t.equal(code, 0, err);
  t.equal((await ortolan(['models', 'verify', 'efficientnet-lite0'])).code, 0, 'the model is as it was');
  t.match(out, /agreement.*100 %/, 'the gate has let it pass');
  const paths = PHOTOGRAPHS.map((name) => join(PHOTOS, name));
  const { stdout } = await run(python, [join(folder, 'lite/classify.py'), ...paths]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { predictions: Prediction[] });
  for (const [index, name] of PHOTOGRAPHS.entries())
    requireAlike(t, name, lines[index]!.predictions, await answerOf(name), ALIKE.litert);
  t.ok(existsSync(join(folder, 'lite/report.json')));

  t.test('what is another model is not written: int8 does not survive the converter', async (t) => {
    const int8 = await make('int8', 'efficientnet-lite0/2');
    t.match(int8, { code: 3, err: /Refused\. The \.tflite is another model/ });
    const few = await make('few', 'efficientnet-lite0', '--min-agreement', '0.999');
    t.match(few, { code: 1, err: /are needed for these limits/ });
    t.strictSame(readdirSync(folder).toSorted(), ['lite']);
  });
});
