/**
 * The requests to try of the documents, run as they are against a server: by a shell with curl, by Python with the package
 * requests, and by Node.js. Where a program is missing, its test is skipped with that reason.
 */
import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { ROUTE_SETS } from '../../src/root/routes.ts';
import { openApiDocument } from '../../src/site/openapi/build.ts';
import { testFolder } from '../support/api-keys.ts';
import { get, jsonOf, until } from '../support/http-client.ts';
import { modelRepository } from '../support/model-repository.ts';
import { PHOTOS, startServer } from '../support/start-server.ts';
import { affine, brightness } from '../support/tiny-models.ts';

/** How all requests of one language are run by one process, and what fails where its program is missing. */
interface Program {
  readonly command: string;
  readonly args: (sources: readonly string[]) => readonly string[];
  readonly check: readonly string[];
}

const PROGRAMS: Readonly<Record<string, Program>> = {
  Shell: {
    command: 'sh',
    args: (sources) => ['-ec', sources.join('\n')],
    check: ['-c', 'command -v curl'],
  },
  Python: {
    command: 'python3',
    args: (sources) => ['-c', sources.join('\n')],
    check: ['-c', 'import requests'],
  },
  JavaScript: {
    command: process.execPath,
    args: (sources) => ['--input-type=module', '--eval', sources.map(importOf).join('\n')],
    check: ['--version'],
  },
};

/** Each is a module of its own. */
const importOf = (source: string): string =>
  `await import(${JSON.stringify(`data:text/javascript,${encodeURIComponent(source)}`)});`;

function missing({ command, check }: Program): string | false {
  try {
    execFileSync(command, check, { stdio: 'ignore' });
    return false;
  } catch {
    return `not run: \`${[command, ...check].join(' ')}\` fails here`;
  }
}

/** They need a prediction, or a round, that is there already: test/e2e/feedback.test.ts and federated.test.ts have both. */
const LATER = /^\/v1\/(feedback$|federated\/)/;

const samples = Object.entries(openApiDocument('1', ROUTE_SETS).paths)
  .flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ 'x-codeSamples': some }) =>
      some.map((sample) => ({ ...sample, route: path.replaceAll(/\{(\w+)\}/g, ':$1') })),
    ),
  )
  .filter(({ route }) => !LATER.test(route));

t.test('the requests of the documents', async (t) => {
  const photos = brightness();
  const labelled = { ...photos, config: { ...photos.config, versionLabels: { int8: 2 } } };
  const models = modelRepository(t, { iris: affine(), 'efficientnet-lite0': labelled });
  mkdirSync(join(models, 'efficientnet-lite0/2'));
  writeFileSync(join(models, 'efficientnet-lite0/2/model.onnx'), photos.file);
  const options = {
    defaultModel: 'efficientnet-lite0',
    logLevelRoute: 'loopback',
    trafficRoutes: 'loopback',
    driftRoutes: 'loopback',
    modelControl: 'explicit',
    predictionLogDir: join(testFolder(t), 'predictions'),
  } as const;
  const { port, log } = await startServer(t, { models, options });
  await until(async () => {
    const { models: all } = jsonOf<{ models: { state: string }[] }>(await get(port, '/health'));
    return all.every(({ state }) => state === 'ready');
  });

  for (const [lang, program] of Object.entries(PROGRAMS)) {
    t.test(`are answered in ${lang}`, { skip: missing(program) }, async (t) => {
      const before = log.length;
      const cwd = t.testdir();
      copyFileSync(join(PHOTOS, 'cat.jpg'), join(cwd, 'photo.jpg'));
      const some = samples.filter((sample) => sample.lang === lang);
      const sources = some.map(({ source }) => source.replaceAll(':8000', `:${port}`));
      await promisify(execFile)(program.command, [...program.args(sources)], { cwd });
      const answered = log.slice(before).filter(({ message }) => message === 'request answered');
      t.strictSame(
        answered.map(({ route, status }) => ({ route, status })),
        some.map(({ route }) => ({ route, status: 200 })),
      );
      t.strictSame(readdirSync(cwd).sort(), [
        'docs.html',
        'openapi.json',
        'ortolan.html',
        'photo.jpg',
        'quality.html',
      ]);
    });
  }
});
